import assert from 'node:assert/strict';
import { type Envelope, hashSession } from '../envelope.js';
import type { Publisher } from '../publisher.js';
import { Access, frameOf, TYPE } from './access.js';
import type { BrokerAbility, ContractBroker, ContractStream } from './broker.js';
import { pause } from './eventually.js';
import { Logic } from './logic.js';
import { Member, type MemberOptions } from './member.js';

/** One sentence that an adapter must keep. A runner calls `run` with a broker of its own choice. */
export interface ContractCase {
  readonly name: string;
  /** The broker must have it; leave the case out otherwise. */
  readonly needs?: BrokerAbility | undefined;
  run(broker: ContractBroker): Promise<void>;
}

/** Options of a source that make a test short. */
const QUICK = { retryBaseMs: 20, retryMaxMs: 100, drainMs: 60_000 } as const;
/** The group of members, where a case does not name its own. */
export const GROUP = 'logic';

/** `from … count`. */
export const upTo = (count: number, from = 1): number[] =>
  Array.from({ length: count - from + 1 }, (_, at) => from + at);
export const keyOf = (n: number, keys: number): string => `key-${n % keys}`;

export function envelopeOf(n: number, key: string, more: Partial<Envelope> = {}): Envelope {
  return {
    app: '102',
    event: TYPE,
    id: `${TYPE}:${n}`,
    session: hashSession('session'),
    seq: n,
    epoch: 1,
    shard: '0/1',
    key,
    receivedAtMs: 1_700_000_000_000 + n,
    value: frameOf(n, key),
    ...more,
  };
}

/** Ends what a case opened, the last first. */
export class Stage {
  readonly #ends: (() => Promise<void>)[] = [];

  async access(publisher: Publisher, options?: { epoch?: number; startAfter?: number }): Promise<Access> {
    const access = await Access.open(publisher, options);
    this.#ends.push(() => access.close());
    return access;
  }

  async logic(
    stream: ContractStream,
    options: Parameters<typeof Logic.start>[1] & { group?: string; maxAttempts?: number },
  ): Promise<Logic> {
    const { group = GROUP, maxAttempts = 3, ...rest } = options;
    const logic = await Logic.start(stream.source(group, { ...QUICK, maxAttempts }), rest);
    this.#ends.push(() => logic.stop());
    return logic;
  }

  /** A member in a process of its own. */
  async member(stream: ContractStream, options: MemberOptions): Promise<Member> {
    const program = stream.memberProgram?.(GROUP);
    assert.ok(program, 'a broker with the ability `processes` has memberProgram');
    const member = await Member.start(program, options);
    this.#ends.push(() => member.end());
    return member;
  }

  async publisher(stream: ContractStream): Promise<Publisher> {
    const publisher = stream.publisher();
    await publisher.open();
    this.#ends.push(() => publisher.close());
    return publisher;
  }

  onEnd(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}

/** A case that gives up whatever it opened on its stage. */
export function define(
  name: string,
  body: (stage: Stage, broker: ContractBroker) => Promise<void>,
  needs?: BrokerAbility,
): ContractCase {
  return {
    name,
    needs,
    async run(broker) {
      const stage = new Stage();
      try {
        await body(stage, broker);
      } finally {
        await stage.end();
      }
    },
  };
}

/** Sends bursts of events, numbered from 1 over so many keys, until it is ended. */
export function sendBursts(
  access: Access,
  burst: number,
  keys: number,
): { readonly sent: number; end(): Promise<void> } {
  let sent = 0;
  let isSending = true;
  const sending = (async () => {
    while (isSending) {
      for (let at = 0; at < burst; at++) access.send(++sent, keyOf(sent, keys));
      await pause(20);
    }
  })();
  return {
    get sent() {
      return sent;
    },
    end() {
      isSending = false;
      return sending;
    },
  };
}

/** A publisher that fails as `fault` says before (`lost`) or after (`unheard`) it has published. */
export function faulty(
  publisher: Publisher,
  fault: (publish: number) => 'lost' | 'unheard' | undefined,
): Publisher {
  let publishes = 0;
  return {
    name: publisher.name,
    isPipelined: false,
    open: () => publisher.open(),
    close: () => publisher.close(),
    async publish(batch) {
      const kind = fault(publishes++);
      if (kind === 'lost') throw new Error('the contract refuses this publish');
      await publisher.publish(batch);
      if (kind === 'unheard') throw new Error('the contract loses this acknowledgement');
    },
  };
}
