import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { manualClock } from '../clock/index.js';
import { BotgoError, ConfigError, OpenAPIError } from '../errs/index.js';
import type { Logger } from '../log/index.js';
import { newQQBotTokenSource, type QQBotTokenSourceOptions } from './qqbot-token-source.js';
import type { TokenHttpRequest, TokenHttpResponse } from './token-endpoint.js';

const SECRET = 'app-secret-0123456789';
type Answer = TokenHttpResponse | Error | 'never';

const ok = (value: string, expires_in: unknown = '7200'): Answer => ({
  status: 200,
  body: JSON.stringify({ access_token: value, expires_in }),
});

/** A source over a manual clock whose endpoint gives `answers` one after another, the last for ever. */
function setUp(answers: Answer[], options: Partial<QQBotTokenSourceOptions> = {}) {
  const clock = manualClock();
  const asked: TokenHttpRequest[] = [];
  const logged: string[] = [];
  const take = (message: string, fields?: object) =>
    void logged.push(message + inspect(fields, { depth: 9 }));
  const logger: Logger = { debug: take, info: take, warn: take, error: take };
  const source = newQQBotTokenSource({
    appId: '102000001',
    secret: SECRET,
    clock,
    random: () => 0.5,
    logger,
    async requester(request) {
      asked.push(request);
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? new Error('no answer planned');
      if (answer === 'never') return new Promise(() => {});
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ...options,
  });
  const failure = async (promise: Promise<unknown>): Promise<BotgoError> => {
    const outcome = await promise.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(outcome).toBeInstanceOf(BotgoError);
    return outcome as BotgoError;
  };
  return { clock, asked, logged, source, failure };
}

test('one request is in flight however many ask, and its token is kept', async () => {
  const { source, asked } = setUp([ok('first')]);
  const tokens = await Promise.all(Array.from({ length: 100 }, () => source.token()));
  await source.token();
  expect(asked).toHaveLength(1);
  expect(new Set(tokens).size).toBe(1);
  expect(tokens[0]?.authorization).toBe('QQBot first');
  expect(asked[0]).toMatchObject({
    url: 'https://bots.qq.com/app/getAppAccessToken',
    body: JSON.stringify({ appId: '102000001', clientSecret: SECRET }),
    headers: { 'content-type': 'application/json' },
  });
});

test('an app id given as a number is sent as text, which the platform insists on (100002)', async () => {
  const { source, asked } = setUp([ok('x')], { appId: 102000001 });
  await source.token();
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ appId: '102000001', clientSecret: SECRET });
  expect(source.appId).toBe('102000001');
});

test.each([
  ['text, as the examples show it', '7200'],
  ['a number, as the table says: BotGo cannot read one', 7200],
])('expires_in as %s', async (_name, expiresIn) => {
  const { source, clock } = setUp([ok('x', expiresIn)]);
  expect((await source.token()).expiresAtMs).toBe(clock.wallNow() + 7_200_000);
});

test('in the last minute a new token is fetched behind the old one, which is handed out until then', async () => {
  const { source, asked, clock } = setUp([ok('old'), ok('new')]);
  const old = await source.token();
  await clock.advance(7_200_000 - 41_000);
  expect(await source.token()).toBe(old);
  expect(asked).toHaveLength(1);
  await clock.advance(2_000);
  expect(await source.token()).toBe(old);
  await clock.advance(0);
  expect(asked).toHaveLength(2);
  expect((await source.token()).value).toBe('new');
});

test('the refresh falls inside the last 60 s, before which the platform repeats the old token, with jitter', async () => {
  const dueBeforeEndMs = async (jitter: number) => {
    const { source, asked, clock } = setUp([ok('old')], { random: () => jitter });
    await source.token();
    await clock.advance(7_200_000 - 62_000);
    let leftMs = 62_000;
    while (asked.length === 1) {
      await clock.advance(1_000);
      leftMs -= 1_000;
      await source.token();
      await clock.advance(0);
    }
    return leftMs;
  };
  expect(await dueBeforeEndMs(0)).toBe(50_000);
  expect(await dueBeforeEndMs(0.999)).toBe(30_000);
});

test('a failed refresh leaves the old token in use and is tried again later, not at each call', async () => {
  const { source, asked, clock, logged } = setUp([ok('old'), new Error('down'), ok('new')]);
  await source.token();
  await clock.advance(7_200_000 - 30_000);
  for (let call = 0; call < 50; call++) expect((await source.token()).value).toBe('old');
  await clock.advance(0);
  for (let call = 0; call < 50; call++) expect((await source.token()).value).toBe('old');
  expect(asked).toHaveLength(2);
  expect(logged).toHaveLength(1);
  await clock.advance(1_000);
  await source.token();
  await clock.advance(0);
  expect((await source.token()).value).toBe('new');
});

describe('a life of 60 s and less', () => {
  test.each([60, 59, 30, 5, 1])('%d s: refreshed in time, never in a loop', async (seconds) => {
    let count = 0;
    const { source, asked, clock } = setUp([], {
      requester: async () => {
        count++;
        return { status: 200, body: JSON.stringify({ access_token: `t${count}`, expires_in: seconds }) };
      },
    });
    expect(asked).toHaveLength(0);
    const runMs = 10 * seconds * 1_000;
    for (let atMs = 0; atMs < runMs; atMs += seconds * 10) {
      const token = await source.token();
      expect(token.expiresAtMs).toBeGreaterThan(clock.wallNow());
      await clock.advance(seconds * 10);
    }
    expect(count).toBeGreaterThanOrEqual(10);
    expect(count).toBeLessThanOrEqual(21);
  });

  test.each([[0], ['0'], [-5], [null], [undefined], ['soon'], [''], [{}]])(
    'expires_in %j is a clear error and no hot loop (BotGo asks 9,000 times a second)',
    async (expiresIn) => {
      const body = JSON.stringify({ access_token: 'x', expires_in: expiresIn });
      const { source, asked, clock, failure } = setUp([{ status: 200, body }]);
      const errors: BotgoError[] = [];
      let stopped = false;
      const eagerCaller = async () => {
        while (!stopped) errors.push(await failure(source.token()));
      };
      const callers = Array.from({ length: 20 }, eagerCaller);
      await clock.advance(600_000);
      stopped = true;
      await clock.advance(60_000);
      await Promise.all(callers);
      expect(errors[0]?.code).toBe('BOTGO_TOKEN');
      expect(errors[0]?.message).toContain('expires_in');
      expect(asked.length).toBeGreaterThan(20);
      expect(asked.length).toBeLessThan(60);
    },
  );
});

test('an error body on HTTP 200 keeps its code and message, which BotGo hides behind `parsing ""`', async () => {
  const body = JSON.stringify({ code: 100016, message: 'invalid appid or secret' });
  const { source, asked, failure } = setUp([{ status: 200, body, traceId: 'trace-1' }]);
  const error = await failure(source.token());
  expect(error.code).toBe('BOTGO_TOKEN');
  expect(error.message).toContain('code 100016 (invalid appid or secret)');
  expect(error.message).toContain('compare both with the console');
  expect(error.traceId).toBe('trace-1');
  expect(error.cause).toBeInstanceOf(OpenAPIError);
  expect((error.cause as OpenAPIError).platformCode).toBe(100016);
  expect(asked).toHaveLength(1);
});

test('a wrong secret is not asked about again and again: callers get the known answer at once', async () => {
  const body = JSON.stringify({ code: 100016, message: 'no' });
  const { source, asked, clock, failure } = setUp([{ status: 200, body }, ok('later')]);
  const first = await failure(source.token());
  expect(await failure(source.token())).toBe(first);
  expect(asked).toHaveLength(1);
  await clock.advance(30_000);
  expect((await source.token()).value).toBe('later');
});

test.each<[string, Answer]>([
  ['a proxy page', { status: 502, body: '<html>bad gateway</html>' }],
  ['an empty body', { status: 200, body: '' }],
  ['a JSON array', { status: 200, body: '[]' }],
  ['no token', { status: 200, body: '{"expires_in":7200}' }],
  ['a token that would break a header', ok('a\r\nX-Evil: 1')],
  ['a network error', new Error('ECONNREFUSED')],
  ['a system error', { status: 500, body: '{"code":11242,"message":"system"}' }],
])('%s: three tries with back-off, then BOTGO_TOKEN', async (_name, answer) => {
  const { source, asked, clock, failure } = setUp([answer]);
  const outcome = failure(source.token());
  await clock.advance(0);
  expect(asked).toHaveLength(1);
  await clock.advance(60_000);
  const error = await outcome;
  expect(error.code).toBe('BOTGO_TOKEN');
  expect(asked).toHaveLength(3);
});

test('an endpoint that never answers ends in an error after its time, also if the requester ignores the signal', async () => {
  const { source, asked, clock, failure } = setUp(['never']);
  const outcome = failure(source.token());
  await clock.advance(10_000);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.signal.aborted).toBe(true);
  await clock.advance(60_000);
  const error = await outcome;
  expect(error.message).toContain('did not answer within 10000 ms');
  expect(error.cause).toMatchObject({ code: 'BOTGO_TIMEOUT' });
  expect(clock.pending).toBe(0);
});

test('an endpoint that is down for long never ends the process: BotGo panics after ten tries', async () => {
  const { source, clock, failure } = setUp([...Array<Answer>(60).fill(new Error('down')), ok('back')]);
  for (let round = 0; round < 20; round++) {
    const outcome = failure(source.token());
    await clock.advance(120_000);
    expect((await outcome).code).toBe('BOTGO_TOKEN');
  }
  expect((await source.token()).value).toBe('back');
});

test('tries are spread with full jitter and a cap', async () => {
  const waitsMs = async (jitter: number) => {
    const clock = manualClock();
    const atMs: number[] = [];
    const source = newQQBotTokenSource({
      appId: '1',
      secret: SECRET,
      clock,
      random: () => jitter,
      maxAttempts: 12,
      requester: async () => {
        atMs.push(clock.now());
        throw new Error('down');
      },
    });
    source.token().catch(() => {});
    await clock.advance(1_000_000);
    return atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));
  };
  expect((await waitsMs(0.999)).map(Math.round)).toEqual([
    500, 999, 1998, 3996, 7992, 15984, 29970, 29970, 29970, 29970, 29970,
  ]);
  expect((await waitsMs(0)).every((waitMs) => waitMs === 0)).toBe(true);
});

describe('invalidate', () => {
  test('the next call fetches: BotGo hands out the refused token again', async () => {
    const { source, asked } = setUp([ok('old'), ok('new')]);
    const old = await source.token();
    source.invalidate(old);
    expect((await source.token()).value).toBe('new');
    expect(asked).toHaveLength(2);
  });

  test('a token that was replaced already is not fetched once more', async () => {
    const { source, asked } = setUp([ok('old'), ok('new'), ok('newer')]);
    const old = await source.token();
    for (let refusals = 0; refusals < 100; refusals++) source.invalidate(old);
    await Promise.all(Array.from({ length: 100 }, () => source.token()));
    for (let refusals = 0; refusals < 100; refusals++) source.invalidate(old);
    expect((await source.token()).value).toBe('new');
    expect(asked).toHaveLength(2);
  });

  test('a platform that gives the refused token again is asked ever more slowly', async () => {
    const clock = manualClock();
    const atMs: number[] = [];
    const { source } = setUp([], {
      clock,
      requester: async () => {
        atMs.push(clock.now());
        return { status: 200, body: '{"access_token":"same","expires_in":7200}' };
      },
    });
    const refuseAlways = async () => {
      while (clock.now() < 300_000) source.invalidate(await source.token());
    };
    const done = refuseAlways();
    await clock.advance(400_000);
    await done;
    expect(atMs.slice(0, 10)).toEqual([0, 0, 500, 1_500, 3_500, 7_500, 15_500, 31_500, 61_500, 91_500]);
  });
});

test('a caller that aborts stops waiting; the fetch goes on for the others', async () => {
  let answer: (response: TokenHttpResponse) => void = () => {};
  const { source, failure } = setUp([], {
    requester: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const abort = new AbortController();
  const gone = failure(source.token({ signal: abort.signal }));
  const stays = source.token({ signal: new AbortController().signal });
  abort.abort(new Error('enough'));
  expect((await gone).code).toBe('BOTGO_ABORTED');
  expect((await failure(source.token({ signal: AbortSignal.abort() }))).code).toBe('BOTGO_ABORTED');
  answer({ status: 200, body: '{"access_token":"x","expires_in":7200}' });
  expect((await stays).value).toBe('x');
});

test('a failed fetch that every caller has left is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  try {
    const { source, clock, failure } = setUp([new Error('down')]);
    const abort = new AbortController();
    const gone = failure(source.token({ signal: abort.signal }));
    abort.abort();
    await gone;
    await clock.advance(600_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
});

test('a machine that slept, whose monotonic clock stood still, does not use the ended token', async () => {
  const { source, clock } = setUp([ok('old'), ok('new')]);
  await source.token();
  clock.jumpWall(7_300_000);
  expect((await source.token()).value).toBe('new');
});

test('a wall clock that is set back does not stretch a token beyond its life', async () => {
  const { source, clock } = setUp([ok('old'), ok('new')]);
  await source.token();
  clock.jumpWall(-86_400_000);
  await clock.advance(7_200_000);
  expect((await source.token()).value).toBe('new');
});

test('neither secret nor token shows in logs, errors or the source itself; BotGo logs the secret', async () => {
  const echo = { status: 400, body: JSON.stringify({ code: 1, message: `bad ${SECRET}` }) };
  const { source, clock, logged, failure } = setUp([echo, ok('token-value-1')]);
  const outcome = failure(source.token());
  await clock.advance(60_000);
  const error = await outcome;
  await clock.advance(60_000);
  const token = await source.token();
  expect(logged.length).toBeGreaterThan(0);
  const everything = [
    ...logged,
    inspect(error, { depth: 20, showHidden: true }),
    inspect(source, { depth: 20, showHidden: true }),
    JSON.stringify(source),
    inspect(token, { depth: 20, showHidden: true }),
    JSON.stringify({ token }),
    `${token}`,
  ].join('\n');
  expect(everything).not.toContain(SECRET);
  expect(everything).not.toContain('token-value-1');
});

test('each fetch is published for metrics', async () => {
  const messages: unknown[] = [];
  const listen = (message: unknown) => messages.push(message);
  subscribe('botgo:token:refresh', listen);
  try {
    const { source, clock } = setUp([new Error('down'), ok('x')]);
    const token = source.token();
    await clock.advance(1_000);
    await token;
  } finally {
    unsubscribe('botgo:token:refresh', listen);
  }
  expect(messages).toEqual([
    { appId: '102000001', ok: false, durationMs: 0 },
    { appId: '102000001', ok: true, durationMs: 0 },
  ]);
});

test.each<[string, Partial<Record<keyof QQBotTokenSourceOptions, unknown>>]>([
  ['no app id', { appId: '' }],
  ['an app id that lost digits', { appId: 2 ** 60 }],
  ['an app id that would break a header', { appId: '1\r\nX: 1' }],
  ['no secret', { secret: '' }],
  ['a secret that is not text', { secret: 5 }],
  ['a secret with a line end', { secret: 'abc\n' }],
  ['a URL without scheme', { tokenUrl: 'bots.qq.com' }],
  ['a URL of another scheme', { tokenUrl: 'file:///etc/passwd' }],
  ['no time', { timeoutMs: 0 }],
])('%s is refused when the source is made, and the message does not show the secret', (_name, wrong) => {
  const options = { appId: '1', secret: SECRET, ...wrong } as QQBotTokenSourceOptions;
  const make = () => newQQBotTokenSource(options);
  expect(make).toThrow(ConfigError);
  expect(make).not.toThrow(new RegExp(`${SECRET}|abc\n`));
});

describe('over HTTP', () => {
  const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.();
      server.close();
    }
  });

  async function serve(
    handle: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(handle);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/app/getAppAccessToken`;
  }

  test('the request is what the platform documents', async () => {
    let seen: { method: string | undefined; type: string | undefined; body: unknown } | undefined;
    const tokenUrl = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        seen = { method: request.method, type: request.headers['content-type'], body: JSON.parse(body) };
        response.end(JSON.stringify({ access_token: 'over-http', expires_in: '7200' }));
      });
    });
    const source = newQQBotTokenSource({ appId: '1', secret: SECRET, tokenUrl });
    expect((await source.token()).value).toBe('over-http');
    expect(seen).toEqual({
      method: 'POST',
      type: 'application/json',
      body: { appId: '1', clientSecret: SECRET },
    });
  });

  test('an endless answer is given up, a dead host is named', async () => {
    const tokenUrl = await serve((_request, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(1024 * 1024, 'x'));
    });
    const endless = newQQBotTokenSource({ appId: '1', secret: SECRET, tokenUrl, maxAttempts: 1 });
    await expect(endless.token()).rejects.toMatchObject({ code: 'BOTGO_TOKEN' });

    const unused = createTcpServer();
    await new Promise<void>((resolve) => unused.listen(0, '127.0.0.1', resolve));
    const { port } = unused.address() as AddressInfo;
    await new Promise((resolve) => unused.close(resolve));
    const dead = newQQBotTokenSource({
      appId: '1',
      secret: SECRET,
      tokenUrl: `http://127.0.0.1:${port}/`,
      maxAttempts: 1,
    });
    await expect(dead.token()).rejects.toThrow(`127.0.0.1:${port}`);
  });
});
