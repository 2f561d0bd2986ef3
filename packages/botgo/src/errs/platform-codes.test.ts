import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  apiCodeTokenExpireOrNotExist,
  httpStatusAction,
  platformCode,
  platformCodeAction,
  platformCodeRanges,
  platformCodes,
  platformCodeTopic,
} from './index.js';

const exam: { code: number }[] = JSON.parse(
  readFileSync(new URL('../../../../facts/coverage/errors.json', import.meta.url), 'utf8'),
);

describe('the table of codes', () => {
  it('has the 348 codes of the facts, each once', () => {
    expect([...platformCodes.keys()].sort()).toEqual(exam.map((row) => row.code).sort());
    expect(platformCodes.size).toBe(348);
  });

  it('cannot be changed', () => {
    for (const entry of platformCodes.values()) expect(Object.isFrozen(entry)).toBe(true);
    expect(Object.isFrozen(platformCodeRanges)).toBe(true);
  });

  it('counts its actions as the facts do', () => {
    const counts: Record<string, number> = {};
    for (const { action } of platformCodes.values()) counts[action] = (counts[action] ?? 0) + 1;
    expect(counts).toEqual({
      PARAM: 137,
      RETRY1: 52,
      PERM: 42,
      RETRY: 34,
      LIMIT: 27,
      GONE: 24,
      SAFE: 13,
      CRED: 8,
      AUTH: 4,
      STATE: 4,
      PENDING: 2,
      CONN: 1,
    });
  });
});

describe('platformCodeAction', () => {
  it.each([
    [11244, 401, undefined, 'AUTH'],
    [11253, 401, undefined, 'PERM'],
    [22009, 400, undefined, 'LIMIT'],
    [304018, 500, undefined, 'CONN'],
    [304023, 202, undefined, 'PENDING'],
    [304027, 200, undefined, 'GONE'],
    [1100101, 200, undefined, 'SAFE'],
    [40054005, 200, '/v2/users/u/messages', 'STATE'],
    [50001, 200, '/v2/users/u/stream_messages', 'RETRY'],
    [10004, 404, '/guilds/1', 'PARAM'],
    [10004, 200, '/app/getAppAccessToken', 'CRED'],
    [10004, 200, undefined, 'PARAM'],
    [10003, 200, '/v2/generate_url_link', 'PARAM'],
  ])('of %i with HTTP %i at %s is %4$s', (code, status, endpoint, action) => {
    expect(platformCodeAction(code, status, endpoint)).toBe(action);
  });

  it.each([
    [99_999_999, 500, 'RETRY'],
    [99_999_999, 502, 'RETRY'],
    [99_999_999, 200, 'PARAM'],
    [99_999_999, 400, 'PARAM'],
    [99_999_999, 429, 'LIMIT'],
    [undefined, 0, 'RETRY'],
    [undefined, 401, 'AUTH'],
    [undefined, 403, 'PERM'],
    [undefined, 404, 'PARAM'],
    [undefined, 405, 'PARAM'],
    [0, 504, 'RETRY'],
  ])('of the unknown code %s with HTTP %i is %s', (code, status, action) => {
    expect(platformCodeAction(code, status)).toBe(action);
    expect(httpStatusAction(status)).toBe(action);
  });
});

describe('platformCode', () => {
  it('tells what a code means where it was answered', () => {
    expect(platformCode(10001, '/v2/users/@me')?.meaning).toBe('account error');
    expect(platformCode(10001, '/v2/generate_url_link')?.meaning).toBe('bad request parameter');
    expect(platformCode(10004, '/app/getAppAccessToken')?.meaning).toBe('no such bot for this appid');
    expect(platformCode(304016)?.note).toBe('duplicate risk');
    expect(platformCode(11293)?.reportedOnly).toBe(true);
    expect(platformCode(apiCodeTokenExpireOrNotExist)?.name).toBe('APICodeTokenExpireOrNotExist');
    expect(platformCode(1)).toBeUndefined();
  });

  it('tells the topic, also of an unknown code in a known range', () => {
    expect(platformCodeTopic(304023)).toBe('sending messages');
    expect(platformCodeTopic(502099)).toBe('mute');
    expect(platformCodeTopic(40030099)).toBeUndefined();
  });
});
