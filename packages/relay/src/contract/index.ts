import assert from 'node:assert/strict';
import { type Envelope, hashSession, toHeaders } from '../envelope.js';
import type { Publisher } from '../publisher.js';
import { Access, frameOf, TYPE } from './access.js';
import type { BrokerAbility, ContractBroker, ContractStream } from './broker.js';
import { eventually, pause } from './eventually.js';
import { Ledger, Logic } from './logic.js';
import { Member, type MemberOptions } from './member.js';

export type { BrokerAbility, ContractBroker, ContractStream, MemberProgram } from './broker.js';

/** One sentence that an adapter must keep. A runner calls `run` with a broker of its own choice. */
export interface ContractCase {
  readonly name: string;
  /** The broker must have it; leave the case out otherwise. */
  readonly needs?: BrokerAbility | undefined;
  run(broker: ContractBroker): Promise<void>;
}

/** Options of a source that make a test short. */
const QUICK = { retryBaseMs: 20, retryMaxMs: 100, drainMs: 60_000 } as const;
const GROUP = 'logic';

/** `1 … count`. */
const upTo = (count: number, from = 1): number[] =>
  Array.from({ length: count - from + 1 }, (_, at) => from + at);
const keyOf = (n: number, keys: number): string => `key-${n % keys}`;

function envelopeOf(n: number, key: string, more: Partial<Envelope> = {}): Envelope {
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
class Stage {
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

function define(
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

/** A publisher that fails as `fault` says before (`lost`) or after (`unheard`) it has published. */
function faulty(publisher: Publisher, fault: (publish: number) => 'lost' | 'unheard' | undefined): Publisher {
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

/** What every adapter keeps, against its real broker: memory, Redis Streams, Kafka and Pulsar run it, and so can yours. */
export const ADAPTER_CONTRACT: readonly ContractCase[] = [
  define(
    'keeps the order of each key over two members, and handles each event once',
    async (stage, broker) => {
      const stream = await broker.openStream(4);
      const ledger = new Ledger();
      const work = (n: number): Promise<void> => pause(n % 7);
      await stage.logic(stream, { ledger, work });
      await stage.logic(stream, { ledger, work });
      const access = await stage.access(stream.publisher());
      for (const n of upTo(1_000)) access.send(n, keyOf(n, 37));
      await ledger.has(upTo(1_000));
      await access.acknowledged();
      ledger.checkOrder();
      ledger.checkOnce();
    },
  ),

  define('runs keys of one partition side by side', async (stage, broker) => {
    const stream = await broker.openStream(1);
    const ledger = new Ledger();
    const release: (() => void)[] = [];
    const work = (n: number): Promise<void> | undefined =>
      n === 1 ? new Promise((resolve) => release.push(resolve)) : undefined;
    await stage.logic(stream, { ledger, work });
    const access = await stage.access(stream.publisher());
    access.send(1, 'slow');
    for (const n of upTo(20, 2)) access.send(n, keyOf(n, 5));
    access.send(21, 'slow');
    await ledger.has(upTo(20, 2));
    assert.ok(!ledger.ends.includes(21), 'an event overtook another one of its key');
    for (const resolve of release) resolve();
    await ledger.has(upTo(21));
    ledger.checkOrder();
  }),

  define('brings headers and bytes as they were sent', async (stage, broker) => {
    const stream = await broker.openStream(2);
    const publisher = await stage.publisher(stream);
    await stage.logic(stream, {
      ledger: new Ledger(),
      maxAttempts: 1,
      work: () => Promise.reject(new Error('no')),
    });
    const key = '会话 ✓ "quoted" \\ key';
    const value = frameOf(1, key, 'héllo 世界 \u0001 👋');
    const sent = envelopeOf(1, key, { id: 'é/1 ✓', seq: 2 ** 40, epoch: 2 ** 51, shard: '3/8', value });
    const empty = envelopeOf(2, '', { id: '', session: '', seq: 0, epoch: 0, shard: '' });
    // Memory acknowledges when handled: do not wait here.
    const published = publisher.publish([sent, empty]);
    await eventually('both are dead letters', async () => (await stream.deadLetters(GROUP)).length === 2);
    await published;
    for (const envelope of [sent, empty]) {
      const dead = (await stream.deadLetters(GROUP)).find(
        ({ headers }) => headers['botgo-id'] === envelope.id,
      );
      assert.ok(dead, `no dead letter ${envelope.id}`);
      for (const [name, text] of Object.entries(toHeaders(envelope)))
        assert.equal(dead.headers[name], text, name);
      assert.ok(dead.value.equals(envelope.value), 'the value is not the bytes that were sent');
    }
  }),

  define('carries a message of 1 MiB, and small ones around it in order', async (stage, broker) => {
    const stream = await broker.openStream(2);
    const ledger = new Ledger();
    await stage.logic(stream, { ledger });
    const access = await stage.access(stream.publisher());
    for (const n of upTo(9)) access.send(n, 'large', n % 3 === 0 ? 'x'.repeat(1_048_576) : '');
    await ledger.has(upTo(9));
    await access.acknowledged();
    ledger.checkOrder();
    ledger.checkOnce();
  }),

  define(
    'loses, reorders and doubles nothing when publishes fail or their answers get lost',
    async (stage, broker) => {
      const stream = await broker.openStream(4);
      const ledger = new Ledger();
      await stage.logic(stream, { ledger });
      const access = await stage.access(
        faulty(stream.publisher(), (at) => (['lost', undefined, 'unheard', undefined] as const)[at % 4]),
      );
      for (const n of upTo(600)) {
        access.send(n, keyOf(n, 23));
        if (n % 60 === 0) await pause(1);
      }
      await ledger.has(upTo(600));
      await access.acknowledged();
      ledger.checkOrder();
      ledger.checkOnce();
    },
  ),

  define('handles once what a woken access process publishes again', async (stage, broker) => {
    const stream = await broker.openStream(4);
    const ledger = new Ledger();
    await stage.logic(stream, { ledger });
    const old = await stage.access(stream.publisher());
    for (const n of upTo(100)) old.send(n, keyOf(n, 11));
    await old.acknowledged();
    const next = await stage.access(stream.publisher(), { epoch: 2, startAfter: 50 });
    for (const n of upTo(150, 51)) next.send(n, keyOf(n, 11));
    await next.acknowledged();
    const woken = await stage.access(stream.publisher(), { epoch: 1, startAfter: 60 });
    for (const n of upTo(120, 61)) woken.send(n, keyOf(n, 11));
    await woken.acknowledged();
    await ledger.has(upTo(150));
    for (const n of upTo(155, 151)) next.send(n, keyOf(n, 11));
    await ledger.has(upTo(155));
    ledger.checkOrder();
    ledger.checkOnce();
  }),

  define(
    'retries a failing event without holding other keys up, then makes it a dead letter with the reason',
    async (stage, broker) => {
      const stream = await broker.openStream(1);
      const ledger = new Ledger();
      const tries: number[] = [];
      const work = async (n: number): Promise<void> => {
        if (n !== 3) return;
        tries.push(ledger.ends.length);
        throw new Error(`no stock for ${n}`);
      };
      await stage.logic(stream, { ledger, work, maxAttempts: 4 });
      const access = await stage.access(stream.publisher());
      for (const n of upTo(40)) access.send(n, n % 4 === 3 ? 'poisoned' : keyOf(n, 5));
      await ledger.has(upTo(40).filter((n) => n !== 3));
      await eventually('there is a dead letter', async () => (await stream.deadLetters(GROUP)).length > 0);
      assert.equal(tries.length, 4);
      const [dead, ...others] = await stream.deadLetters(GROUP);
      assert.deepEqual(others, []);
      assert.equal(dead?.headers['botgo-dead-reason'], 'no stock for 3');
      assert.equal(dead?.headers['botgo-dead-outcome'], 'failed');
      assert.equal(dead?.headers['botgo-dead-attempts'], '4');
      assert.equal(dead?.headers['botgo-seq'], '3');
      ledger.checkOrder();
    },
  ),

  define('makes a dead letter of what is no event, and goes on', async (stage, broker) => {
    const stream = await broker.openStream(1);
    const ledger = new Ledger();
    await stage.logic(stream, { ledger });
    const publisher = await stage.publisher(stream);
    const published = publisher.publish([
      envelopeOf(1, 'key', { value: Buffer.from('{"op":0,"s":1,') }),
      envelopeOf(2, 'key'),
    ]);
    await ledger.has([2]);
    await eventually('there is a dead letter', async () => (await stream.deadLetters(GROUP)).length === 1);
    await published;
  }),

  define('stops reading while handlers are behind, says how far, and catches up', async (stage, broker) => {
    const stream = await broker.openStream(2);
    const ledger = new Ledger();
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { source } = await stage.logic(stream, { ledger, work: () => released, laneCapacity: 50 });
    const access = await stage.access(stream.publisher());
    for (const n of upTo(4_000)) access.send(n, keyOf(n, 400));
    const lag = async (): Promise<number> =>
      (await source.lag()).reduce((sum, { messages }) => sum + messages, 0);
    await eventually(
      'everything is published and nothing acknowledged',
      async () => (await lag()) === 4_000,
      lag,
    );
    const held = source.status().partitions.reduce((sum, { unsettled }) => sum + unsettled, 0);
    assert.ok(held < 2_500, `${held} of 4,000 messages were taken although 50 may be unsettled`);
    release();
    await ledger.has(upTo(4_000));
    await eventually('nothing is left', async () => (await lag()) === 0, lag);
    ledger.checkOrder();
    ledger.checkOnce();
  }),

  define(
    'drains: what has begun ends and is acknowledged, the rest goes to the next member',
    async (stage, broker) => {
      const stream = await broker.openStream(2);
      const ledger = new Ledger();
      const work = (): Promise<void> => pause(5);
      const first = await stage.logic(stream, { ledger, work });
      const access = await stage.access(stream.publisher());
      for (const n of upTo(400)) access.send(n, keyOf(n, 4));
      await eventually('a part is handled', () => ledger.ends.length > 40);
      await first.stop();
      assert.equal(ledger.starts.length, ledger.ends.length, 'an event that had begun did not end');
      await stage.logic(stream, { ledger, work });
      await ledger.has(upTo(400));
      ledger.checkOrder();
      ledger.checkOnce();
    },
  ),

  define('loses, reorders and doubles nothing when members come and go', async (stage, broker) => {
    const stream = await broker.openStream(6);
    const ledger = new Ledger();
    const work = (): Promise<void> => pause(3);
    await stage.logic(stream, { ledger, work });
    const access = await stage.access(stream.publisher());
    let n = 0;
    let isSending = true;
    const sending = (async () => {
      while (isSending) {
        for (let burst = 0; burst < 20; burst++) access.send(++n, keyOf(n, 29));
        await pause(20);
      }
    })();
    const third = async (): Promise<void> => {
      const target = ledger.ends.length + 200;
      await eventually('events flow', () => ledger.ends.length >= target);
    };
    await third();
    const second = await stage.logic(stream, { ledger, work });
    const isSpread = (): boolean => second.source.status().partitions.length > 0;
    await eventually('the second member has a share', isSpread);
    await third();
    await second.stop();
    await third();
    isSending = false;
    await sending;
    await ledger.has(upTo(n));
    ledger.checkOrder();
    ledger.checkOnce();
  }),

  define('gives each of two groups every event', async (stage, broker) => {
    const stream = await broker.openStream(2);
    const [one, two] = [new Ledger(), new Ledger()];
    await stage.logic(stream, { ledger: one, group: 'one' });
    await stage.logic(stream, { ledger: two, group: 'two' });
    const access = await stage.access(stream.publisher());
    for (const n of upTo(200)) access.send(n, keyOf(n, 13));
    for (const ledger of [one, two]) {
      await ledger.has(upTo(200));
      ledger.checkOrder();
      ledger.checkOnce();
    }
  }),

  define(
    'reads partitions that are added while it runs',
    async (stage, broker) => {
      const stream = await broker.openStream(2);
      const ledger = new Ledger();
      const { source } = await stage.logic(stream, { ledger });
      const access = await stage.access(stream.publisher());
      for (const n of upTo(100)) access.send(n, keyOf(n, 50));
      await ledger.has(upTo(100));
      await stream.addPartitions?.(3);
      const later = await stage.access(stream.publisher(), { epoch: 1, startAfter: 100 });
      let n = 100;
      await eventually('the new partitions are read', async () => {
        for (let burst = 0; burst < 50; burst++) later.send(++n, keyOf(n, 50));
        await later.acknowledged();
        return source.status().partitions.length === 5;
      });
      await ledger.has(upTo(n));
      ledger.checkOnce();
    },
    'partitions',
  ),

  define(
    'gives what a killed member had to another one',
    async (stage, broker) => {
      const stream = await broker.openStream(4);
      const member = await stage.member(stream, { workMs: 5 });
      const access = await stage.access(stream.publisher());
      for (const n of upTo(500)) access.send(n, keyOf(n, 17));
      await eventually('the member has handled a part', async () => {
        if (member.ending !== undefined) assert.fail(`the member ended by itself (${member.ending})`);
        return (await member.ledger()).ends.length > 60;
      });
      await member.kill();
      const ledger = await member.ledger();
      assert.ok(ledger.ends.length < 500, 'the member was too fast to be killed in its work');
      await stage.logic(stream, { ledger });
      await ledger.has(upTo(500));
      ledger.checkOrder();
    },
    'processes',
  ),

  define(
    'makes a dead letter of an event that has killed its process three times, and handles its neighbours',
    async (stage, broker) => {
      const DEADLY = 20;
      const stream = await broker.openStream(2);
      const access = await stage.access(stream.publisher());
      for (const n of upTo(60)) access.send(n, keyOf(n, 13));
      await access.acknowledged();
      const neighbours = upTo(60).filter((n) => n !== DEADLY);
      const ledger = new Ledger();
      const poison: number[] = [];
      const deadLetters = () => stream.deadLetters(GROUP);
      let deaths = 0;
      for (let isOver = false; !isOver; ) {
        const member = await stage.member(stream, { workMs: 20, deadly: [DEADLY] });
        await eventually('the member dies or is done', async () => {
          if (member.ending !== undefined) return true;
          const ended = new Set([...ledger.ends, ...(await member.ledger()).ends]);
          isOver = neighbours.every((n) => ended.has(n)) && (await deadLetters()).length > 0;
          return isOver;
        });
        const { starts, ends, poison: reported } = await member.ledger();
        ledger.starts.push(...starts);
        ledger.ends.push(...ends);
        poison.push(...reported);
        if (isOver) break;
        assert.equal(member.ending, 'SIGKILL');
        deaths++;
        assert.ok(deaths <= 3, 'the event went on killing processes');
      }
      assert.equal(deaths, 3);
      assert.deepEqual(poison, [DEADLY], 'what was reported as poison');
      const [dead, ...others] = await deadLetters();
      assert.deepEqual(others, []);
      assert.equal(dead?.headers['botgo-seq'], String(DEADLY));
      assert.equal(dead?.headers['botgo-dead-outcome'], 'poison');
      assert.equal(dead?.headers['botgo-dead-code'], 'BOTGO_EVENT_POISON');
      await ledger.has(neighbours);
      ledger.checkOrder();
    },
    'processes',
  ),

  define(
    'waits out a restart of the broker on both sides',
    async (stage, broker) => {
      const stream = await broker.openStream(4);
      const ledger = new Ledger();
      await stage.logic(stream, { ledger, work: () => pause(2) });
      const access = await stage.access(stream.publisher());
      let n = 0;
      let isSending = true;
      const sending = (async () => {
        while (isSending) {
          for (let burst = 0; burst < 10; burst++) access.send(++n, keyOf(n, 19));
          await pause(20);
        }
      })();
      await eventually('events flow', () => ledger.ends.length > 100);
      await broker.restart?.();
      const target = n + 200;
      await eventually('events were sent after the restart', () => n > target);
      isSending = false;
      await sending;
      await ledger.has(upTo(n));
      await access.acknowledged();
      ledger.checkOrder();
    },
    'restart',
  ),
];
