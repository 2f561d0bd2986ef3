import { describe, expect, it } from 'vitest';
import { isBotgoError } from '../errs/index.js';
import { genDispatchAck, genHeartbeatAck, genValidationAck, readCallback } from './callback.js';
import { generateSignature, signatureKey, verifySignature } from './signature.js';

const SECRET = 'DG5g3B4j9X2KOErG';
const KEY = signatureKey(SECRET);
const NOW = '1725442341';

function signed(body: string, timestamp = NOW) {
  return { signature: generateSignature(KEY, timestamp, body), timestamp, body: Buffer.from(body) };
}

describe('a signed callback', () => {
  it('op 0 is an event', () => {
    const body = '{"op":0,"s":3,"t":"GROUP_AT_MESSAGE_CREATE","id":"e1","d":{"id":"m1"}}';
    expect(readCallback(KEY, signed(body))).toEqual({
      kind: 'event',
      event: { t: 'GROUP_AT_MESSAGE_CREATE', id: 'e1', s: 3, d: { id: 'm1' } },
    });
  });

  it('op 13 is answered with the signature of vector a', () => {
    const body = '{"op":13,"d":{"plain_token":"Arq0D5A61EgUu4OxUvOp","event_ts":"1725442341"}}';
    expect(readCallback(KEY, signed(body))).toEqual({
      kind: 'answer',
      op: 13,
      body: JSON.stringify({
        plain_token: 'Arq0D5A61EgUu4OxUvOp',
        signature:
          '87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d01bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706',
      }),
    });
  });

  it('op 13 may carry its time as a number', () => {
    const body = '{"op":13,"d":{"plain_token":"Arq0D5A61EgUu4OxUvOp","event_ts":1725442341}}';
    expect(readCallback(KEY, signed(body))).toMatchObject({ body: expect.stringContaining('"87befc99c') });
  });

  it('op 1 is answered with its number', () => {
    expect(readCallback(KEY, signed('{"op":1,"d":42}'))).toEqual({
      kind: 'answer',
      op: 1,
      body: '{"op":11,"d":42}',
    });
  });

  it('an opcode of a later date is received and not understood', () => {
    expect(readCallback(KEY, signed('{"op":99,"d":{}}'))).toEqual({ kind: 'answer', op: 99, body: '' });
  });

  it.each([
    '',
    'null',
    '7',
    '[]',
    '"x"',
    '{',
    '{}',
    '{"op":"0"}',
    '{"op":0}',
    '{"op":0,"t":3}',
    '{"op":1}',
    '{"op":1,"d":"5"}',
    '{"op":13}',
    '{"op":13,"d":null}',
    '{"op":13,"d":{"plain_token":"","event_ts":"1"}}',
    '{"op":13,"d":{"plain_token":"abc","event_ts":""}}',
    '{"op":13,"d":{"plain_token":"abc"}}',
    '{"op":13,"d":{"plain_token":["abc"],"event_ts":"1"}}',
    '{"op":13,"d":{"plain_token":"abc","event_ts":1.5}}',
    `{"op":13,"d":{"plain_token":"${'a'.repeat(257)}","event_ts":"1"}}`,
  ])('%j is refused with 400', (body) => {
    expect(readCallback(KEY, signed(body))).toMatchObject({ kind: 'refusal', status: 400 });
  });

  it('digits moved from the timestamp into the body make no event', () => {
    const body = '{"op":0,"t":"X","d":{}}';
    const moved = { ...signed(body), timestamp: NOW.slice(0, -1), body: Buffer.from(NOW.slice(-1) + body) };
    expect(verifySignature(KEY, moved)).toBe(true);
    expect(readCallback(KEY, moved)).toMatchObject({ kind: 'refusal', status: 400 });
  });
});

describe('a callback that is not signed', () => {
  it.each([
    '{"op":0,"t":"X","d":{}}',
    '{"op":13,"d":{"plain_token":"abc","event_ts":"1"}}',
    '{"op":1,"d":1}',
    'no json',
  ])('%s is refused with 401', (body) => {
    const request = signed(body);
    for (const bad of [
      { ...request, signature: undefined },
      { ...request, timestamp: undefined },
      { ...request, signature: generateSignature('another secret', NOW, body) },
    ])
      expect(readCallback(KEY, bad)).toMatchObject({ kind: 'refusal', status: 401 });
  });
});

describe('the oracle attack', () => {
  const forged = '{"op":0,"t":"GROUP_AT_MESSAGE_CREATE","id":"forged","d":{"id":"forged"}}';

  it('a forged event as plain_token is not signed, even for a request that is', () => {
    const body = JSON.stringify({ op: 13, d: { plain_token: forged, event_ts: NOW } });
    const answer = readCallback(KEY, signed(body));
    expect(answer).toMatchObject({ kind: 'refusal', status: 400 });
    expect(JSON.stringify(answer)).not.toContain(generateSignature(KEY, NOW, forged));
  });

  it('nor as event_ts', () => {
    const body = JSON.stringify({ op: 13, d: { plain_token: 'abc', event_ts: NOW + forged } });
    expect(readCallback(KEY, signed(body))).toMatchObject({ kind: 'refusal', status: 400 });
  });

  it.each(['{', '"', ' ', 'a b', 'a\n', 'é', '１２', 'a'.repeat(257), '', 'a-b', 'a_b', 'a=='])(
    'the plain token %j is not signed',
    (plain_token) => {
      const run = () => genValidationAck({ plain_token, event_ts: '1' }, KEY);
      expect(run).toThrow(expect.toSatisfy((error) => isBotgoError(error, 'BOTGO_SIGNATURE')));
    },
  );
});

describe('the age limit', () => {
  const request = signed('{"op":1,"d":1}');
  const sentMs = Number(NOW) * 1_000;

  it.each([
    ['now', 0, 'answer'],
    ['just within, past', 60_000, 'answer'],
    ['just within, ahead', -60_000, 'answer'],
    ['too old', 60_001, 'refusal'],
    ['too far ahead', -60_001, 'refusal'],
  ])('%s', (_case, laterMs, kind) => {
    expect(readCallback(KEY, request, { nowMs: sentMs + laterMs, maxAgeMs: 60_000 }).kind).toBe(kind);
  });

  it('is off unless asked for', () => {
    expect(readCallback(KEY, signed('{"op":1,"d":1}', '1')).kind).toBe('answer');
  });
});

it("BotGo's answers, byte by byte", () => {
  expect(genHeartbeatAck(7)).toBe('{"op":11,"d":7}');
  expect(genDispatchAck(true)).toBe('{"op":12,"d":0}');
  expect(genDispatchAck(false)).toBe('{"op":12,"d":1}');
});
