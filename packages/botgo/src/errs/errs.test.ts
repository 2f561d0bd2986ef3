import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CloseCode } from '../dto/index.js';
import * as errs from './index.js';

const {
  BotgoError,
  ConfigError,
  GatewayError,
  OpenAPIError,
  isBotgoError,
  isFatal,
  isRetryable,
  newErr,
  toBotgoError,
} = errs;

function openAPIError(status: number, platformCode?: number) {
  return new OpenAPIError('refused', { status, platformCode, method: 'GET', path: '/users/@me' });
}

/** BotGo's name → what stands for it here, and how it is found. */
const COUNTERPARTS: Readonly<Record<string, unknown>> = {
  ErrNeedReConnect: errs.errNeedReConnect,
  ErrInvalidSession: errs.errInvalidSession,
  ErrURLInvalid: errs.errURLInvalid,
  ErrSessionLimit: errs.errSessionLimit,
  ErrNotFoundOpenAPI: errs.errNotFoundOpenAPI,
  ErrPagerIsNil: errs.errPagerIsNil,
  Err: BotgoError,
  New: newErr,
  Error: toBotgoError,
  'Err.Code': (error: errs.BotgoError) => error.botgoCode,
  'Err.Error': (error: errs.BotgoError) => String(error),
  'Err.Text': (error: errs.BotgoError) => error.message,
  'Err.Trace': (error: errs.BotgoError) => error.traceId,
  APICodeTokenExpireOrNotExist: errs.apiCodeTokenExpireOrNotExist,
  WSCodeBackendDisallowdIntents: CloseCode.DisallowedIntents,
};

describe("BotGo's errs package", () => {
  const rows: { package: string; name: string }[] = JSON.parse(
    readFileSync(new URL('../../../../facts/coverage/botgo.json', import.meta.url), 'utf8'),
  );
  const names = rows.filter((row) => row.package === 'errs').map(({ name }) => name);

  it('has names to compare with', () => {
    expect(names.length).toBeGreaterThan(30);
  });

  it.each(names)('%s has a counterpart', (name) => {
    const byTable =
      COUNTERPARTS[name] ??
      (errs.ErrorCodes as Record<string, number>)[name] ??
      (CloseCode as Record<string, number>)[name.replace('WSCodeBackend', '')];
    expect(byTable).toBeDefined();
  });

  it('gives each error a number of its own, where BotGo gives two of them 9006', () => {
    const numbers = [errs.errURLInvalid, errs.errSessionLimit, errs.errNotFoundOpenAPI].map(
      ({ botgoCode }) => botgoCode,
    );
    expect(numbers).toEqual([9002, 9004, 9003]);
  });

  it('keeps the code of an error that was wrapped, and takes anything for an error, nothing included', () => {
    const wrapped = new Error('outer', { cause: newErr(errs.errInvalidSession) });
    expect(toBotgoError(wrapped).botgoCode).toBe(9001);
    expect(errs.isErr(wrapped, errs.errInvalidSession)).toBe(true);
    expect(toBotgoError(undefined)).toMatchObject({ code: 'BOTGO_UNKNOWN', botgoCode: 9999 });
    expect(toBotgoError('text').message).toBe('text');
  });
});

describe('BotgoError', () => {
  it('is recognised across copies of the package and keeps code, cause and trace id', () => {
    const cause = new Error('inner');
    const error = new BotgoError('BOTGO_NETWORK', 'no', { cause, traceId: 't1' });
    expect(error).toMatchObject({
      code: 'BOTGO_NETWORK',
      message: 'no',
      cause,
      traceId: 't1',
      name: 'BotgoError',
    });
    expect(isBotgoError(error, 'BOTGO_NETWORK')).toBe(true);
    expect(isBotgoError(error, 'BOTGO_TIMEOUT')).toBe(false);
    expect(isBotgoError(cause)).toBe(false);
    const copy = Object.assign(new Error('other copy'), {
      [Symbol.for('botgo.error')]: true,
      code: 'BOTGO_STORE',
    });
    expect(isBotgoError(copy, 'BOTGO_STORE')).toBe(true);
  });

  it('prints only the fields that it has', () => {
    expect(inspect(new BotgoError('BOTGO_NETWORK', 'gone'))).not.toMatch(/undefined|Symbol/);
  });

  it('does not loop over causes that form a circle', () => {
    const [a, b] = [new Error('a'), new Error('b')];
    a.cause = b;
    b.cause = a;
    expect(errs.findBotgoError(a)).toBeUndefined();
  });
});

describe('isFatal and isRetryable', () => {
  it.each([
    ['a wrong option', new ConfigError('x'), true, false],
    ['a banned bot', new GatewayError('x', { closeCode: 4915 }), true, false],
    ['wrong credentials', openAPIError(200, 100016), true, false],
    ['a broken connection', new BotgoError('BOTGO_NETWORK', 'x'), false, true],
    ['a server error', openAPIError(500), false, true],
    ['an expired token', openAPIError(401, 11244), false, true],
    ['a rate limit', openAPIError(429), false, true],
    ['a wrong parameter', openAPIError(400, 12002), false, false],
    ['an error of somebody else', new Error('x'), false, false],
    ['the same, wrapped', new Error('x', { cause: openAPIError(502) }), false, true],
    ['nothing', undefined, false, false],
  ])('%s', (_, error, fatal, retryable) => {
    expect([isFatal(error), isRetryable(error)]).toEqual([fatal, retryable]);
  });
});
