import { expect, test } from 'vitest';
import type { LogFields, Logger } from './logger.js';
import { redactingLogger, Secrets } from './redact.js';

const SECRET = 's3cr3t/Value+1';

function recorder() {
  const seen: { message: string; fields: LogFields | undefined }[] = [];
  const take = (message: string, fields?: LogFields) => void seen.push({ message, fields });
  const logger: Logger = { debug: take, info: take, warn: take, error: take };
  return { seen, logger };
}

test('a registered secret is gone from messages and fields, however deep', () => {
  const { seen, logger } = recorder();
  const log = redactingLogger(logger, new Secrets([SECRET]));
  const cyclic: Record<string, unknown> = { [SECRET]: [new Map([[1, `x${SECRET}x`]])] };
  cyclic.self = cyclic;
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    log[level](`sent ${SECRET}`, {
      cyclic,
      url: `https://x/?s=${encodeURIComponent(SECRET)}`,
      json: JSON.stringify({ a: `${SECRET}"` }),
      error: new Error(`bad ${SECRET}`, { cause: new Error(SECRET) }),
    });
  }
  expect(seen).toHaveLength(4);
  for (const { message, fields } of seen) {
    expect(message).toBe('sent [redacted]');
    const text = JSON.stringify(fields);
    const error = fields?.error as Error;
    for (const form of [SECRET, encodeURIComponent(SECRET)]) {
      expect(text).not.toContain(form);
      expect(`${error.message}${error.stack}${(error.cause as Error).stack}`).not.toContain(form);
    }
    expect(error).toBeInstanceOf(Error);
    expect((error.cause as Error).message).toBe('[redacted]');
  }
});

test.each([
  ['Authorization: QQBot abcDEF123.-_', 'Authorization: QQBot [redacted]'],
  ['QQBot   abcdefghijk', 'QQBot [redacted]'],
  ['Bot 102030.aBcDeF123456', 'Bot 102030.[redacted]'],
  ['Bearer eyJhbGciOi', 'Bearer [redacted]'],
  ['{"access_token":"abc.def","expires_in":"7200"}', '{"access_token":"[redacted]","expires_in":"7200"}'],
  ['{\\"accessToken\\": \\"abc\\"}', '{\\"accessToken\\": \\"[redacted]\\"}'],
  ['{"appId":"1","clientSecret":"abc"}', '{"appId":"1","clientSecret":"[redacted]"}'],
  ['?access_token=abc&x=1', '?access_token=[redacted]&x=1'],
  ['POST /app/getAppAccessToken: HTTP 200', 'POST /app/getAppAccessToken: HTTP 200'],
  ['a Bot that talks about QQBot', 'a Bot that talks about QQBot'],
])('%j is written as %j', (text, expected) => {
  expect(new Secrets().redactText(text)).toBe(expected);
});

test('fields that hold credentials by their name are blanked, numbers under such a name are not', () => {
  const fields = {
    token: 7,
    nested: { clientSecret: 'x', access_token: 'y', Authorization: 'z', note: 'n' },
  };
  expect(new Secrets().redact(fields)).toEqual({
    token: 7,
    nested: {
      clientSecret: '[redacted]',
      access_token: '[redacted]',
      Authorization: '[redacted]',
      note: 'n',
    },
  });
});

test('what needs no change is passed on as it is', () => {
  const error = new Error('fine');
  const fields = { shard: 1, list: [1, 'a'], error };
  expect(new Secrets([SECRET]).redact(fields)).toBe(fields);
});

test('an error that is changed keeps its class, its own symbols and its other fields', () => {
  class Special extends Error {
    override readonly name = 'Special';
    readonly status = 500;
  }
  const brand = Symbol.for('brand');
  const error = Object.assign(new Special(SECRET), { [brand]: true });
  const redacted = new Secrets([SECRET]).redact(error) as typeof error;
  expect(redacted).toBeInstanceOf(Special);
  expect(redacted).toMatchObject({ message: '[redacted]', name: 'Special', status: 500 });
  expect(Reflect.get(redacted, brand)).toBe(true);
});

test('values that are huge, deep or throw end in a placeholder, not in an exception', () => {
  let deep: unknown = SECRET;
  for (let level = 0; level < 100; level++) deep = { deep };
  const throwing = {
    get value(): string {
      throw new Error(SECRET);
    },
  };
  const wide = Array.from({ length: 10_000 }, () => ({ text: SECRET }));
  const text = JSON.stringify(new Secrets([SECRET]).redact({ deep, throwing, wide }));
  expect(text).not.toContain(SECRET);
  expect(text).toContain('[unreadable]');
  expect(text).toContain('[…]');
});

test('bytes are not written, and objects that describe themselves are asked to', () => {
  const own = { toJSON: () => ({ shown: `a ${SECRET}` }) };
  expect(new Secrets([SECRET]).redact({ bytes: Buffer.from(SECRET), own })).toEqual({
    bytes: '[14 bytes]',
    own: { shown: 'a [redacted]' },
  });
});

test('a key named __proto__ stays a key', () => {
  const fields = JSON.parse(`{"__proto__":{"polluted":"${SECRET}"}}`) as object;
  const redacted = new Secrets([SECRET]).redact(fields) as Record<string, unknown>;
  expect(Object.keys(redacted)).toEqual(['__proto__']);
  expect(redacted.polluted).toBeUndefined();
});

test('the longest secret is taken out first, very short ones are not looked for, old ones are forgotten', () => {
  const secrets = new Secrets(['abcd', 'abcdefgh', 'x']);
  expect(secrets.redactText('abcdefgh x')).toBe('[redacted] x');
  for (let index = 0; index < 64; index++) secrets.add(`secret-number-${index}`);
  expect(secrets.redactText('abcdefgh secret-number-63')).toBe('abcdefgh [redacted]');
});
