import type { Switches } from '../rules/switches.js';
import type { Route } from './event.js';
import { shardOfGuild, shardOfText } from './routing.js';
import type { Session } from './session.js';

/** Sessions of one bot with one shard count, by shard. */
type Generation = Map<number, Session[]>;

/** Which sessions exist and which of them an event goes to. */
export class SessionBook {
  readonly #byId = new Map<string, Session>();
  readonly #generations = new Map<string, Map<number, Generation>>();
  /** Newest last. */
  readonly #byBot = new Map<string, Session[]>();
  /** Shards by count and key: the division of a large integer costs more than a look-up. */
  readonly #guildShards = new Map<number, Map<string, number>>();

  add(session: Session): void {
    const { appId, shard, count, id } = session.info;
    this.#byId.set(id, session);
    const generations = getOrMake(this.#generations, appId, () => new Map<number, Generation>());
    const generation = getOrMake(generations, count, () => new Map<number, Session[]>());
    getOrMake(generation, shard, () => []).push(session);
    getOrMake(this.#byBot, appId, () => []).push(session);
  }

  /** Takes a session out of the routing; it can still be found by its id. */
  retire(session: Session): void {
    const { appId, shard, count } = session.info;
    const generations = this.#generations.get(appId);
    const generation = generations?.get(count);
    const onShard = generation?.get(shard) ?? [];
    const index = onShard.indexOf(session);
    if (index >= 0) onShard.splice(index, 1);
    if (onShard.length === 0) generation?.delete(shard);
    if (generation?.size === 0) generations?.delete(count);
    const ofBot = this.#byBot.get(appId) ?? [];
    const place = ofBot.indexOf(session);
    if (place >= 0) ofBot.splice(place, 1);
  }

  /** True when a bot has a connected session on every shard of some shard count. */
  isComplete(appId: string): boolean {
    for (const [count, generation] of this.#generations.get(appId) ?? []) {
      if (generation.size < count) continue;
      const shards = [...generation.values()];
      if (shards.every((sessions) => sessions.some((session) => session.line !== undefined))) return true;
    }
    return false;
  }

  find(id: string): Session | undefined {
    return this.#byId.get(id);
  }

  /** Sessions of a bot that have not ended, oldest first. */
  ofBot(appId: string): readonly Session[] {
    return this.#byBot.get(appId) ?? [];
  }

  all(): IterableIterator<Session> {
    return this.#byId.values();
  }

  clear(): void {
    this.#byId.clear();
    this.#generations.clear();
    this.#byBot.clear();
  }

  /** Calls `visit` for each session of a bot on the event's shard; one shard of each generation. */
  route(
    appId: string,
    route: Route,
    choice: Switches['eventsWithoutGuild'],
    visit: (session: Session) => void,
  ): void {
    if (route.guildId === undefined && choice === 'newest') {
      const newest = this.#byBot.get(appId)?.at(-1);
      if (newest !== undefined) visit(newest);
      return;
    }
    const generations = this.#generations.get(appId);
    if (generations === undefined) return;
    for (const [count, generation] of generations) {
      if (route.guildId === undefined && choice === 'all') {
        for (const sessions of generation.values()) for (const session of sessions) visit(session);
        continue;
      }
      for (const session of generation.get(this.#shardOf(route, choice, count)) ?? []) visit(session);
    }
  }

  #shardOf(route: Route, choice: Switches['eventsWithoutGuild'], count: number): number {
    if (count === 1) return 0;
    if (route.guildId === undefined) {
      return choice === 'shard0' ? 0 : shardOfText(route.person ?? '', count);
    }
    const known = getOrMake(this.#guildShards, count, () => new Map<string, number>());
    let shard = known.get(route.guildId);
    if (shard === undefined) {
      shard = shardOfGuild(route.guildId, count);
      // Ids may be invented without end by a fuzzer.
      if (known.size > 100_000) known.clear();
      known.set(route.guildId, shard);
    }
    return shard;
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
