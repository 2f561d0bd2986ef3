import assert from 'node:assert/strict';
import { eventually } from './eventually.js';
import { Ledger } from './logic.js';
import { type ContractCase, define, envelopeOf, GROUP, keyOf, upTo } from './stage.js';

/** What becomes of events whose handlers fail, cannot be given them, or are slow. */
export const HANDLING_CASES: readonly ContractCase[] = [
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
];
