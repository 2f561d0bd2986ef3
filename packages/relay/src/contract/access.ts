import { conversationKey } from 'botgo/delivery';
import type { Lane } from 'botgo/event';
import type { Publisher } from '../publisher.js';
import { RelaySink } from '../relay-sink.js';
import { eventually } from './eventually.js';

export const TYPE = 'GROUP_AT_MESSAGE_CREATE';

/** A frame as the gateway sends it, with number `n` in its content. */
export function frameOf(n: number, key: string, padding = ''): Buffer {
  const d = {
    id: `message-${n}`,
    group_openid: key,
    content: `${n} ${padding}`,
    author: { member_openid: 'a' },
    timestamp: '2026-01-31T08:00:00+08:00',
  };
  return Buffer.from(JSON.stringify({ op: 0, s: n, t: TYPE, id: `${TYPE}:${n}`, d }));
}

/** The number that {@link frameOf} wrote, and the key. */
export function readEvent(event: { readonly t: string; readonly d: unknown }): { n: number; key: string } {
  const { content } = event.d as { content: string };
  return { n: Number(content.split(' ', 1)[0]), key: conversationKey(event) };
}

/** An access process: one lane of a session into a publisher. */
export class Access {
  readonly lane: Lane;
  readonly #sink: RelaySink;
  readonly #publisher: Publisher;

  private constructor(publisher: Publisher, options: { session: string; epoch: number; startAfter: number }) {
    this.#publisher = publisher;
    this.#sink = new RelaySink({ appId: '102', publisher, intents: 0, maxBatch: 100 });
    this.lane = this.#sink.openLane({
      name: 'shard 0',
      startAfter: options.startAfter,
      origin: { sessionId: options.session, shard: 0, shardCount: 1, epoch: options.epoch },
    });
  }

  static async open(
    publisher: Publisher,
    { session = 'session', epoch = 1, startAfter = 0 } = {},
  ): Promise<Access> {
    await publisher.open();
    return new Access(publisher, { session, epoch, startAfter });
  }

  send(n: number, key: string, padding?: string): void {
    this.lane.receiveFrame?.(frameOf(n, key, padding), TYPE, n);
  }

  /** Waits until the broker has acknowledged everything. */
  async acknowledged(): Promise<void> {
    await eventually('every event is acknowledged by the broker', () => this.lane.unsettled === 0);
  }

  async close(): Promise<void> {
    this.#sink.end();
    await this.#publisher.close();
  }
}
