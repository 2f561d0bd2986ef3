import fc from 'fast-check';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { ACTS } from '../src/acts/acts.js';
import { createClock } from '../src/clock.js';
import { Control } from '../src/control/control.js';
import { controlApp } from '../src/control/http.js';
import type { Connection, Wire } from '../src/gateway/connection.js';
import { createIds } from '../src/ids.js';
import { FieldError } from '../src/json.js';
import { Generator } from '../src/load/generator.js';
import { Platform } from '../src/platform.js';
import { addRestRoutes } from '../src/rest/app.js';
import { ROUTES } from '../src/rest/routes.js';
import type { Env } from '../src/rest/strike-call.js';
import { DEFAULT_SEED } from '../src/world/default-seed.js';

/** A platform without sockets, with the demo world. */
function setUp(): { platform: Platform; control: Control } {
  const platform = new Platform({
    clock: createClock({ frozen: true }),
    ids: createIds('0123456789abcdef0123456789abcdef'),
    drawToken: () => 'token',
    post: () => Promise.resolve({ status: 200, body: '' }),
    switches: { rateLimits: false, payloadsPerMinute: 0 },
  });
  const control = new Control(platform, new Generator(platform, () => 0));
  control.reset();
  return { platform, control };
}

const NASTY = [
  '__proto__',
  'constructor',
  'toString',
  '',
  '../../etc',
  'a\r\nb: c',
  '\u0000',
  '9'.repeat(40),
];
const KEYS = [
  'op',
  'd',
  's',
  't',
  'id',
  'token',
  'intents',
  'shard',
  'session_id',
  'seq',
  'content',
  'msg_id',
];
const REST_KEYS = [
  'msg_type',
  'markdown',
  'keyboard',
  'ark',
  'embed',
  'name',
  'type',
  'user_ids',
  'schedule',
  'panel',
];

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, 1, -1, 2 ** 53, 1.5, ...NASTY),
    fc.constantFrom('QQBot token', 'Bot 102000001.demo-token', [0, 1], [0, 2], 1 << 30),
    fc.string({ maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS, ...REST_KEYS, ...NASTY), tie('value'), { maxKeys: 6 }),
  ),
})).value;

const SEED = Number(process.env.BOTGO_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = { seed: SEED, numRuns: 20_000 };

const jsonText = json.map((value) => JSON.stringify(value) ?? 'null');

/** Text of the demo seed with one value replaced, taken out, or put in where none was. */
const brokenSeed = fc
  .record({
    steps: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    key: fc.constantFrom(
      ...KEYS,
      ...NASTY,
      'openid',
      'members',
      'channels',
      'switches',
      'bots',
      'unionOpenid',
    ),
    value: fc.option(json, { nil: undefined }),
  })
  .map(({ steps, key, value }) => {
    const copy = JSON.parse(JSON.stringify(DEFAULT_SEED)) as object;
    let place = copy as Record<string, unknown>;
    for (const [index, step] of steps.entries()) {
      const keys = Object.keys(place);
      const name = keys[step % (keys.length + 1)] ?? key;
      const inner = Object.hasOwn(place, name) ? place[name] : undefined;
      if (index < steps.length - 1 && typeof inner === 'object' && inner !== null) {
        place = inner as Record<string, unknown>;
        continue;
      }
      // As JSON.parse does: a key named __proto__ is a key.
      Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true });
      break;
    }
    return JSON.stringify(copy);
  });

const ACT_WORDS = {
  channelId: ['7000101', '7000103', '7000104'],
  guildId: ['1152921504606846976', '1'],
  groupOpenid: ['5566778899AABBCCDDEEFF0011223344'],
  memberOpenid: ['E8D7C6B5A493827160F5E4D3C2B1A0F9', 'NEW'],
  openid: ['0A1B2C3D4E5F60718293A4B5C6D7E8F9', 'NEW'],
  userId: ['9007199254741001', '5'],
  from: ['9007199254741001', 'E8D7C6B5A493827160F5E4D3C2B1A0F9'],
  scene: ['channel', 'dm', 'group', 'c2c'],
  target: ['7000101', '5566778899AABBCCDDEEFF0011223344', '0A1B2C3D4E5F60718293A4B5C6D7E8F9'],
  content: ['hello', '', '@everyone'],
  name: ['x'],
  title: ['x'],
  featureId: ['x'],
  model: ['x'],
};

/** A control call that is nearly right: its fields exist, their values fit or do not. */
const nearlyRight = fc.record<Record<string, unknown>>(
  {
    act: fc.constantFrom(...ACTS),
    ...Object.fromEntries(
      Object.entries(ACT_WORDS).map(([key, values]) => [
        key,
        fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: json }),
      ]),
    ),
    messageId: json,
    quote: json,
    card: json,
    forward: json,
    answers: json,
    attachments: json,
    extra: json,
    mention: json,
  },
  {
    requiredKeys: [
      'act',
      'scene',
      'target',
      'from',
      'channelId',
      'guildId',
      'groupOpenid',
      'openid',
      'userId',
    ],
  },
);

describe(`bytes and JSON from outside (BOTGO_SEED=${SEED})`, { timeout: 300_000 }, () => {
  it('as a seed file: taken whole, or refused with the path and nothing changed', () => {
    const { platform, control } = setUp();
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: brokenSeed }, { weight: 1, arbitrary: jsonText }),
        (text) => {
          const seed: unknown = JSON.parse(text);
          control.reset(null);
          const before = JSON.stringify([control.world(), control.switches()]);
          try {
            control.seed(seed);
          } catch (error) {
            if (!(error instanceof FieldError)) throw error;
            expect(error.path).not.toBe('');
            expect(JSON.stringify([control.world(), control.switches()])).toBe(before);
          }
        },
      ),
      runs,
    );
    platform.clock.stop();
    expect(({} as Record<string, unknown>).op).toBeUndefined();
  });

  it('as control calls over HTTP: 200, or 400 with the path', async () => {
    const { platform, control } = setUp();
    const app = controlApp(control);
    let calls = 0;
    const body = fc.oneof(
      { weight: 6, arbitrary: nearlyRight.map((value) => JSON.stringify(value)) },
      { weight: 2, arbitrary: json.map((value) => JSON.stringify(value) ?? '') },
      { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
    );
    const names = fc.constantFrom(
      'act',
      'say',
      'emit',
      'search',
      'interaction',
      'outbox',
      'seed',
      'fault',
      'webhook',
    );
    await fc.assert(
      fc.asyncProperty(names, body, async (name, text) => {
        if (calls++ % 100 === 0) control.reset();
        const answer = await app.request(`/${name}`, { method: 'POST', body: text });
        expect([200, 400]).toContain(answer.status);
        const read = (await answer.json()) as { path?: unknown };
        if (answer.status === 400) expect(read.path).toEqual(expect.any(String));
      }),
      runs,
    );
    platform.clock.stop();
    expect(Object.keys({})).toEqual([]);
    expect(({} as Record<string, unknown>).op).toBeUndefined();
  });

  it('as gateway frames: each connection lives or closes with a code', () => {
    const frame = fc.oneof(
      fc.string({ maxLength: 30 }),
      json.map((value) => JSON.stringify(value) ?? ''),
      fc.record({ op: fc.constantFrom(1, 2, 6, 0, 7, 99), d: json }).map((value) => JSON.stringify(value)),
      fc.constant('binary' as const),
    );
    const { platform } = setUp();
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 5 }), (frames) => {
        const closed: number[] = [];
        let connection: Connection | undefined;
        const wire: Wire = {
          send: (text) => void JSON.parse(text),
          close: (code) => closed.push(code),
          cut: () => {},
          mute: () => {},
        };
        connection = platform.gateway.open(wire);
        for (const text of frames) connection.receive(text);
        connection.closed(closed[0] ?? 1006);
        expect(closed.every((code) => code >= 4001 && code <= 4915)).toBe(true);
        platform.clock.advance(5_000);
      }),
      runs,
    );
    platform.clock.advance(600_000);
    expect(platform.gateway.connections.size).toBe(0);
  });

  it('as control calls and seeds: done, or refused with the path', () => {
    const { control, platform } = setUp();
    const names = [
      'seed',
      'say',
      'act',
      'emit',
      'fault',
      'switches',
      'clock',
      'bot',
      'outbox',
      'generate',
    ] as const;
    const words = [
      'scene',
      'target',
      'from',
      'act',
      'kind',
      'appId',
      'code',
      'times',
      'bots',
      'users',
      'guilds',
      'groups',
    ];
    const values = [
      'channel',
      'dm',
      'group',
      'c2c',
      '7000101',
      '102000001',
      'react',
      'click',
      'close',
      'delay',
      'http',
    ];
    const input = fc.dictionary(
      fc.constantFrom(...words, ...KEYS, ...NASTY),
      fc.oneof(fc.constantFrom(...values), json),
      { maxKeys: 6 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.oneof(input, json), (name, value) => {
        try {
          const call = control[name] as (input: unknown) => unknown;
          call.call(control, value);
        } catch (error) {
          if (!(error instanceof FieldError)) throw error;
          expect(error.path).not.toBe('');
        }
        control.stopGenerating();
      }),
      runs,
    );
    platform.clock.stop();
    expect(Object.keys({})).toEqual([]);
    expect(({} as Record<string, unknown>).op).toBeUndefined();
  });

  it('as REST calls: an answer below 500, whatever the path and the body', async () => {
    const { platform, control } = setUp();
    let calls = 0;
    const app = new Hono<Env>();
    addRestRoutes(app, platform, () => 'http://127.0.0.1:1');
    const place = fc.constantFrom(
      '7000101',
      '7000104',
      '1152921504606846976',
      '9007199254741001',
      '1',
      'all',
      'x',
      '%00',
      '..%2f',
    );
    const request = fc.record({
      route: fc.constantFrom(...ROUTES),
      places: fc.array(place, { minLength: 4, maxLength: 4 }),
      body: fc.oneof(
        json.map((value) => JSON.stringify(value) ?? ''),
        fc.string({ maxLength: 20 }),
      ),
      query: fc.constantFrom('', '?limit=-1', '?limit=x&cursor=9', '?after=__proto__', '?since=zz'),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ route, places, body, query }) => {
        // What a call deletes must come back, or later calls find nothing to do.
        if (calls++ % 50 === 0) {
          control.reset();
          control.switches({ needsConnection: 'off' });
        }
        let next = 0;
        const path = route.path.replace(/:\w+/g, () => places[next++ % places.length] ?? 'x');
        const answer = await app.request(
          path + query,
          {
            method: route.method,
            headers: { authorization: 'Bot 102000001.demo-token', 'content-type': 'application/json' },
            ...(route.method === 'GET' ? {} : { body }),
          },
          {},
        );
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers.get('x-tps-trace-id')).toMatch(/^trace\w+$/);
      }),
      runs,
    );
    platform.clock.stop();
  });
});
