import assert from 'node:assert/strict';
import { eventually, pause } from './eventually.js';
import { Ledger } from './logic.js';
import { type ContractCase, define, GROUP, keyOf, sendBursts, upTo } from './stage.js';

/** What members of a group do when others come, go and die, and when the broker does. */
export const MEMBER_CASES: readonly ContractCase[] = [
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
    const bursts = sendBursts(access, 20, 29);
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
    await bursts.end();
    await ledger.has(upTo(bursts.sent));
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
      const bursts = sendBursts(access, 10, 19);
      await eventually('events flow', () => ledger.ends.length > 100);
      await broker.restart?.();
      const target = bursts.sent + 200;
      await eventually('events were sent after the restart', () => bursts.sent > target);
      await bursts.end();
      await ledger.has(upTo(bursts.sent));
      await access.acknowledged();
      ledger.checkOrder();
    },
    'restart',
  ),
];
