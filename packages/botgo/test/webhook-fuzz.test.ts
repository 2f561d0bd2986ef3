import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fetchHandler, generateSignature, signatureKey, WebhookSource } from '../src/webhook/index.js';
import { fakeSink } from './support/fake-sink.js';

const BOT = { appId: '11111111', secret: 'naOC0ocQE3shWLAfffVLB1rhYPG7' };
const KEY = signatureKey(BOT.secret);
const SEED = Number(process.env.BOTGO_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const MAX_BODY_BYTES = 2_048;

/** What a callback is made of; each part may be the platform's or anybody's. */
interface Attempt {
  method: string;
  appId: string | undefined;
  timestamp: string | undefined;
  /** `signed`: as the platform signs what is sent; anything else is sent as the signature. */
  signature: 'signed' | string | undefined;
  body: string;
}

const json = fc.json({ maxDepth: 3 });
const payload = fc
  .record(
    {
      op: fc.oneof(fc.constantFrom(0, 1, 13, 7, 99, -1, 1.5), fc.string(), fc.constant(null)),
      t: fc.oneof(fc.constantFrom('C2C_MESSAGE_CREATE', '__proto__', ''), fc.string(), fc.integer()),
      id: fc.oneof(fc.string(), fc.integer()),
      s: fc.oneof(fc.integer(), fc.string()),
      d: fc.oneof(
        fc.anything({ maxDepth: 2, withNullPrototype: true }),
        fc.record({
          plain_token: fc.oneof(fc.stringMatching(/^[a-zA-Z0-9]{1,30}$/), fc.string(), json),
          event_ts: fc.oneof(fc.stringMatching(/^\d{1,12}$/), fc.string(), fc.nat()),
        }),
      ),
    },
    { requiredKeys: [] },
  )
  .map((value) => safeJson(value));

const event = fc
  .record({ op: fc.constant(0), t: fc.string({ minLength: 1 }), d: fc.anything({ maxDepth: 2 }) })
  .map((value) => safeJson(value));

const body = fc.oneof(
  { weight: 3, arbitrary: event },
  { weight: 5, arbitrary: payload },
  { weight: 2, arbitrary: json },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.string({ minLength: MAX_BODY_BYTES - 5, maxLength: MAX_BODY_BYTES + 5 }) },
);
const headerText = fc.stringMatching(/^[\x21-\x7e]{0,140}$/);

const attempt: fc.Arbitrary<Attempt> = fc.record({
  method: fc.oneof({ weight: 19, arbitrary: fc.constant('POST') }, fc.constantFrom('PUT', 'DELETE', 'PATCH')),
  appId: fc.oneof(
    { weight: 9, arbitrary: fc.constant(BOT.appId) },
    fc.constantFrom(undefined, '2', '__proto__'),
    headerText,
  ),
  timestamp: fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^\d{1,12}$/) },
    fc.constantFrom(undefined, '', '-1', '1e3', '0x1'),
    headerText,
  ),
  signature: fc.oneof(
    { weight: 3, arbitrary: fc.constant('signed') },
    fc.stringMatching(/^[0-9a-fA-F]{128}$/),
    fc.constantFrom(undefined, ''),
    headerText,
  ),
  body,
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    // BigInts and cycles among the generated values.
    return '{}';
  }
}

function toRequest({ method, appId, timestamp, signature, body: text }: Attempt): Request {
  const headers = new Headers();
  if (appId !== undefined) headers.set('X-Bot-Appid', appId);
  if (timestamp !== undefined) headers.set('X-Signature-Timestamp', timestamp);
  const sent =
    signature === 'signed' ? generateSignature(KEY, timestamp ?? '', Buffer.from(text)) : signature;
  if (sent !== undefined) headers.set('X-Signature-Ed25519', sent);
  return new Request('https://bot.example/', { method, headers, body: Buffer.from(text) });
}

/** Written without a look at the handler: which attempts are the platform's. */
function isGenuine({ method, appId, timestamp, signature, body: text }: Attempt): boolean {
  return (
    method === 'POST' &&
    (appId === BOT.appId || appId === undefined) &&
    signature === 'signed' &&
    timestamp !== undefined &&
    /^\d{1,20}$/.test(timestamp) &&
    Buffer.byteLength(text) <= MAX_BODY_BYTES
  );
}

function isEvent(text: string): boolean {
  try {
    const parsed = JSON.parse(text);
    return parsed?.op === 0 && typeof parsed.t === 'string' && parsed.t !== '';
  } catch {
    return false;
  }
}

describe(`callbacks of any kind (seed ${SEED})`, () => {
  it('20,000 of them: no crash, the right status, and no event that the platform did not sign', async () => {
    const sink = fakeSink({ settleAs: 'handled' });
    const source = new WebhookSource(BOT);
    void source.run(sink);
    const handle = fetchHandler(source, { maxBodyBytes: MAX_BODY_BYTES });
    let genuine = 0;
    let events = 0;
    await fc.assert(
      fc.asyncProperty(attempt, async (sent) => {
        const before = sink.lane.events.length;
        const response = await handle(toRequest(sent));
        const text = await response.text();
        const handled = sink.lane.events.length - before;
        const isReal = isGenuine(sent);
        expect(handled).toBe(isReal && isEvent(sent.body) ? 1 : 0);
        if (isReal) {
          genuine++;
          events += handled;
          expect([200, 400]).toContain(response.status);
        } else expect([400, 401, 404, 405, 413]).toContain(response.status);
        // What is signed for op 13 can never be another request's body.
        const signed = response.status === 200 && text.includes('"signature"') ? JSON.parse(text) : undefined;
        if (signed) expect(signed.plain_token).toMatch(/^[0-9A-Za-z]{1,256}$/);
      }),
      { numRuns: 20_000, seed: SEED },
    );
    // The run would prove nothing if it had refused everything.
    expect(genuine).toBeGreaterThan(1_000);
    expect(events).toBeGreaterThan(200);
  }, 120_000);
});
