import type { Simulator } from '@botgo/simulator';

/** Somebody says something this often: with one guild a shard, each shard hears something now and then. */
const PAUSE_MS = 40;

/** A guild on every shard, where people go on talking while processes come and go. */
export class People {
  readonly #sim: Simulator;
  readonly #channels: readonly string[];
  readonly #said = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sim: Simulator, channels: readonly string[]) {
    this.#sim = sim;
    this.#channels = channels;
  }

  talk(): void {
    let at = 0;
    this.#timer = setInterval(() => {
      const target = this.#channels[at++ % this.#channels.length] ?? '';
      const { messageId } = this.#sim.control.say({ scene: 'channel', target, content: `hello ${at}` });
      this.#said.add(messageId);
    }, PAUSE_MS);
  }

  hush(): void {
    clearInterval(this.#timer);
  }

  get events(): number {
    return this.#said.size;
  }

  /** Answers that the platform took. */
  get replies(): number {
    return this.#sim.control.outbox().filter(({ replyTo }) => this.#said.has(replyTo)).length;
  }

  /** Messages without an answer. */
  get unanswered(): number {
    const answered = new Set(this.#sim.control.outbox().map(({ replyTo }) => replyTo));
    return [...this.#said].filter((id) => !answered.has(id)).length;
  }
}

/** One bot and one guild for each shard; the shard of a guild is in its id, from bit 22 on. */
export function worldOf(
  shards: number,
  bot: { readonly appId: string; readonly secret: string },
): { readonly seed: Record<string, unknown>; readonly channels: readonly string[] } {
  const numbers = Array.from({ length: shards }, (_, shard) => shard);
  const channels = numbers.map((shard) => `${7_000_000 + shard}`);
  const first = BigInt(shards) << 40n;
  return {
    channels,
    seed: {
      bots: [{ ...bot, shards, maxConcurrency: shards }],
      users: numbers.map((shard) => ({ id: `${9_000_000 + shard}`, username: `user ${shard}` })),
      guilds: numbers.map((shard) => ({
        id: `${first + (BigInt(shard) << 22n)}`,
        ownerId: `${9_000_000 + shard}`,
        members: [{ userId: `${9_000_000 + shard}` }],
        channels: [{ id: channels[shard] }],
      })),
    },
  };
}
