import { isObject } from '../json.js';
import type { PreparedEvent } from './replay.js';

/** Something that happened in the world and that bots are told about. */
export interface WorldEvent {
  readonly t: string;
  readonly d: unknown;
  /** The bots that are told. */
  readonly appIds: Iterable<string>;
  /** Outer id; drawn when absent. */
  readonly id?: string;
  /** Number in a load run; 0 or absent = not counted. */
  readonly n?: number;
}

/** By what an event finds its shard: a guild id, or the openid of the group or person. */
export interface Route {
  readonly guildId?: string;
  readonly person?: string;
}

const text = (value: unknown): string | undefined => {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
};

/** Reads the route from the payload, as gateway.md 10 says where each family keeps its guild id. */
export function routeOf(t: string, d: unknown): Route {
  if (!isObject(d)) return {};
  const message = isObject(d.message) ? d.message : undefined;
  const author = isObject(d.author) ? d.author : undefined;
  const isGuild = t === 'GUILD_CREATE' || t === 'GUILD_UPDATE' || t === 'GUILD_DELETE';
  const guildId = isGuild ? text(d.id) : (text(d.guild_id) ?? text(message?.guild_id));
  if (guildId !== undefined) return { guildId };
  const person =
    text(d.group_openid) ?? text(d.user_openid) ?? text(author?.user_openid) ?? text(d.openid) ?? text(d.id);
  return person === undefined ? {} : { person };
}

/** The part of a frame behind `s`. */
export function prepare(event: WorldEvent, dText: string, id: string | undefined): PreparedEvent {
  const idPart = id === undefined ? '' : `,"id":${JSON.stringify(id)}`;
  return {
    t: event.t,
    n: event.n ?? 0,
    tail: `,"t":${JSON.stringify(event.t)}${idPart},"d":${dText}}`,
  };
}
