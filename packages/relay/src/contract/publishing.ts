import assert from 'node:assert/strict';
import { toHeaders } from '../envelope.js';
import { frameOf } from './access.js';
import { eventually, pause } from './eventually.js';
import { Ledger } from './logic.js';
import { type ContractCase, define, envelopeOf, faulty, GROUP, keyOf, upTo } from './stage.js';

/** What is published arrives, as it was, once and in the order of its key. */
export const PUBLISHING_CASES: readonly ContractCase[] = [
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
];
