import { readFileSync } from 'node:fs';
import { startSimulator } from '@botgo/simulator';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Bot } from '../src/bot/index.js';
import { eventTypes } from '../src/dto/index.js';
import { findBotgoError } from '../src/errs/index.js';
import { silentLogger } from '../src/log/index.js';

const RUNS = 20_000;
/** In the test's name, so that a failure can be seen again: BOTGO_SEED=… */
const SEED = Number(process.env.BOTGO_SEED ?? Math.floor(Math.random() * 2 ** 31));
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';

const examples = readFileSync(new URL('../../../facts/events.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { t: string; d: unknown })
  .filter(({ t }) => t !== 'READY' && t !== 'RESUMED');

const value = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e300, '', '/help', '__proto__', '<@!1>', '&lt;', '\u0000', [], {}, [
    null,
  ]),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The data of an event with one value replaced, or anything. */
const broken = fc
  .record({
    example: fc.constantFrom(...examples),
    steps: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
    key: fc.constantFrom('author', 'id', 'content', '__proto__', 'constructor', 'extra'),
    put: value,
    isAnything: fc.boolean(),
  })
  .map(({ example: { t, d }, steps, key, put, isAnything }) => {
    if (isAnything || typeof d !== 'object' || d === null) return { t, d: put };
    const copy = structuredClone(d) as Record<string, unknown>;
    let place = copy;
    for (const [index, step] of steps.entries()) {
      const keys = Object.keys(place);
      const name = keys[step % (keys.length + 1)] ?? key;
      const inner = Object.hasOwn(place, name) ? place[name] : undefined;
      if (index < steps.length - 1 && typeof inner === 'object' && inner !== null) {
        place = inner as Record<string, unknown>;
        continue;
      }
      Object.defineProperty(place, name, {
        value: put,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      break;
    }
    return { t, d: copy };
  });

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

test(`${RUNS} events with anything in them (seed ${SEED}): each is handled or refused, the bot lives on`, async () => {
  const sim = await startSimulator({ switches: { heartbeatMisses: 0 } });
  undo.push(() => sim.close());
  const errors: unknown[] = [];
  const bot = new Bot({
    appId: '102000001',
    secret: 'demo-secret',
    baseUrl: sim.url,
    logger: silentLogger,
    audits: true,
    concurrency: 8,
  });
  undo.push(() => bot.stop());
  let handled = 0;
  bot.onError((error) => {
    // What names no place or id cannot be answered, and says so.
    if (findBotgoError(error)?.code !== 'BOTGO_REPLY_REFUSED') errors.push(error);
  });
  bot.command('help', (ctx) => ctx.args.length);
  let arrived = () => {};
  for (const type of eventTypes) {
    bot.on(type, async (ctx) => {
      handled++;
      expect(ctx.text).toEqual(expect.any(String));
      if (ctx.scene !== undefined) await ctx.left();
      if (ctx.text === `last of ${SEED}`) arrived();
    });
  }
  await bot.start({ handleSignals: false });
  const events = fc.sample(broken, { seed: SEED, numRuns: RUNS });
  for (const [index, event] of events.entries()) {
    sim.control.emit(event);
    // Gives the sockets a turn, so that reading and writing mix.
    if (index % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const last = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  sim.control.say({ scene: 'c2c', target: USER, content: `last of ${SEED}` });
  await last;
  await expect.poll(() => handled, { timeout: 120_000 }).toBeGreaterThan(RUNS / 4);
  expect(errors).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(sim.control.sessions().filter(({ connected }) => connected)).toHaveLength(2);
}, 300_000);
