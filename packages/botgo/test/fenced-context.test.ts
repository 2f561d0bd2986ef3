import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bot, type Context } from '../src/bot/index.js';
import { BotgoError } from '../src/errs/index.js';
import { silentLogger } from '../src/log/index.js';
import { image, media } from '../src/message/index.js';
import { type Recorded, type RecordingServer, recordingServer } from './openapi/recording-server.js';
import { ShardWorld } from './support/shard-world.js';

/** A bot whose one shard can lose its lease, and the platform's HTTP side, which keeps what was asked of it. */
class Fenced implements AsyncDisposable {
  readonly platform: RecordingServer;
  readonly bot: Bot;
  /** Why the process may not act any more, as its lease would say. Nobody is told: it has to be asked, as after a SIGSTOP. */
  lost: BotgoError | undefined;
  world: ShardWorld | undefined;

  constructor(platform: RecordingServer) {
    this.platform = platform;
    this.bot = new Bot({
      appId: '1',
      secret: 'a-secret',
      baseUrl: platform.url,
      logger: silentLogger,
      sending: { pacing: false },
    });
  }

  /** Takes the lease away without telling anybody. */
  loseLease(): void {
    this.lost = new BotgoError('BOTGO_LEASE_LOST', 'not renewed in time');
  }

  /** Runs the handler on one message from a user; resolves with what it returned or threw. */
  async handled<Result>(handler: (ctx: Context<'C2C_MESSAGE_CREATE'>) => Promise<Result>): Promise<Result> {
    const result = new Promise<Result>((resolve, reject) => {
      this.bot.on('C2C_MESSAGE_CREATE', (ctx) => handler(ctx).then(resolve, reject));
    });
    await this.bot.from({
      run: async (sink) => {
        this.world = await ShardWorld.start({ sink, guard: () => this.lost });
        const peer = await this.world.live();
        peer.send({
          op: 0,
          s: 2,
          t: 'C2C_MESSAGE_CREATE',
          id: 'E1',
          d: { id: 'M1', author: { user_openid: 'U1' }, content: 'hi', timestamp: new Date().toISOString() },
        });
        await this.world.ended();
      },
      stop: async () => this.world?.connection.close(),
    });
    return result;
  }

  /** What was asked of the platform, credentials apart. */
  get requests(): Recorded[] {
    return this.platform.requests.filter(({ path }) => path !== '/app/getAppAccessToken');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bot.stop();
    await this.world?.[Symbol.asyncDispose]();
    await this.platform.close();
  }
}

let fenced: Fenced;
beforeEach(async () => {
  const platform = await recordingServer();
  platform.answer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answerTo(request)));
  });
  fenced = new Fenced(platform);
});
afterEach(() => fenced[Symbol.asyncDispose]());

function answerTo({ path }: Recorded): object {
  if (path === '/app/getAppAccessToken') return { access_token: 'a-token', expires_in: '7200' };
  return { id: 'sent', timestamp: '1', file_uuid: 'f', file_info: 'f', ttl: 60 };
}

const LOST = { code: 'BOTGO_LEASE_LOST', message: 'not renewed in time' };
const PICTURE = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

describe('when the lease is lost while a handler waits', () => {
  it.each<[string, (ctx: Context<'C2C_MESSAGE_CREATE'>) => Promise<unknown>]>([
    ['reply', (ctx) => ctx.reply('late')],
    ['reply with a file', (ctx) => ctx.reply(image(PICTURE))],
    ['reply with a handle', (ctx) => ctx.reply(media('f'))],
    ['replyStream', (ctx) => ctx.replyStream(Readable.from(['late']))],
    ['typing', (ctx) => ctx.typing()],
    ['a message by the client', (ctx) => ctx.api.postC2CMessage('U1', { content: 'late', msg_type: 0 })],
    ['the answer to an interaction', (ctx) => ctx.api.putInteraction('I1', { code: 0 })],
    ['taking a message back', (ctx) => ctx.api.retractMessage('C1', 'M1')],
    [
      'an upload',
      (ctx) => ctx.api.postC2CFile('U1', { file_type: 1, url: 'https://x/a.png', srv_send_msg: true }),
    ],
    ['a part of an upload', (ctx) => ctx.api.putUploadPart(`${fenced.platform.url}/part`, PICTURE)],
    ['any other call', (ctx) => ctx.api.transport('POST', '/anything', { late: true })],
    [
      'a loop over pages',
      async (ctx) => {
        for await (const guild of ctx.api.each.guilds()) return guild;
        return undefined;
      },
    ],
    ['a client derived from it', (ctx) => ctx.api.withTimeout(1_000).me()],
    ['with a signal of its own', (ctx) => ctx.api.me({ signal: new AbortController().signal })],
  ])('%s rejects and sends nothing', async (_name, send) => {
    const outcome = fenced.handled(async (ctx) => {
      fenced.loseLease();
      return send(ctx);
    });
    await expect(outcome).rejects.toMatchObject(LOST);
    expect(fenced.requests).toEqual([]);
  });

  it('a call rejects that was made before the loss and whose request was still to be written', async () => {
    const outcome = fenced.handled(async (ctx) => {
      // The credential is known, and the call has asked for its connection: only the writing is left.
      await ctx.api.me();
      const calls = [ctx.api.me(), ctx.reply('late')].map((call) =>
        call.then(
          () => 'sent',
          (error: unknown) => error,
        ),
      );
      await Promise.resolve();
      fenced.loseLease();
      return Promise.all(calls);
    });
    expect(await outcome).toEqual([expect.objectContaining(LOST), expect.objectContaining(LOST)]);
    expect(fenced.requests).toHaveLength(1);
  });

  it('a request under way is given up', async () => {
    let arrived: () => void = () => {};
    const isHere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    fenced.platform.answer(
      { json: { access_token: 'a-token', expires_in: '7200' } },
      // Never answered.
      () => arrived(),
    );
    const outcome = fenced.handled(async (ctx) => {
      const call = ctx.api.me({ timeoutMs: 600_000 });
      void isHere.then(() =>
        fenced.world?.connection.revoke(new BotgoError('BOTGO_LEASE_LOST', LOST.message)),
      );
      return call;
    });
    await expect(outcome).rejects.toMatchObject(LOST);
    expect(fenced.requests).toHaveLength(1);
  });

  it('a stream is not even closed', async () => {
    const outcome = fenced.handled(async (ctx) => {
      async function* text() {
        yield 'the beginning';
        while (fenced.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
        fenced.loseLease();
        throw new Error('the model gave up');
      }
      return ctx.replyStream(text(), { signal: new AbortController().signal });
    });
    await expect(outcome).rejects.toThrow();
    expect(fenced.requests.map(({ json }) => (json as { input_state: number }).input_state)).toEqual([1]);
  });

  it("the bot's own client still works", async () => {
    const user = await fenced.handled(async () => {
      fenced.loseLease();
      return fenced.bot.api.me();
    });
    expect(user).toMatchObject({ id: 'sent' });
  });
});

describe('the client of a context', () => {
  it('is the same at each look, and does what that of the bot does', async () => {
    await fenced.handled(async (ctx) => {
      expect(ctx.api).toBe(ctx.api);
      expect(namesOf(ctx.api)).toEqual(namesOf(fenced.bot.api));
      expect(ctx.api.filters).toBe(fenced.bot.api.filters);
      const user = await ctx.api.me();
      expect(ctx.api.lastTraceId).toBe(fenced.bot.api.lastTraceId);
      expect(ctx.api.traceIdOf(user)).toBe(fenced.bot.api.traceIdOf(user));
    });
    expect(fenced.requests).toMatchObject([
      { path: '/users/@me', headers: { authorization: 'QQBot a-token' } },
    ]);
  });

  it("stops at the call's own signal", async () => {
    const outcome = fenced.handled((ctx) => ctx.api.me({ signal: AbortSignal.abort() }));
    await expect(outcome).rejects.toMatchObject({ code: 'BOTGO_ABORTED' });
  });
});

/** Also what is not there until it is asked for. */
function namesOf(client: object): string[] {
  const names: string[] = [];
  for (const name in client) names.push(name);
  return names.sort();
}
