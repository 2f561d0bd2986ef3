import { createClock, type Sent, type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bot, type BotOptions, type Context } from '../src/bot/index.js';
import { ConfigError, isBotgoError } from '../src/errs/index.js';
import type { LogFields } from '../src/log/index.js';

const APP_ID = '102000001';
const GROUP = '5566778899AABBCCDDEEFF0011223344';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const DM = '1152921504606850000';

let sim: Simulator;
const bots: Bot[] = [];
const lines: string[] = [];

beforeEach(async () => {
  lines.length = 0;
  sim = await startSimulator({ clock: createClock() });
});

afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.stop().catch(() => {})));
  await sim.close();
});

function log(message: string, fields: LogFields = {}): void {
  lines.push(`${message} ${JSON.stringify(fields)}`);
}

function makeBot(options: Partial<BotOptions> = {}): Bot {
  const logger = { debug: log, info: log, warn: log, error: log };
  const bot = new Bot({ appId: APP_ID, secret: 'demo-secret', baseUrl: sim.url, logger, ...options });
  bots.push(bot);
  return bot;
}

const START = { handleSignals: false };
const scenes = [
  { scene: 'channel', target: '7000101' },
  { scene: 'channel', target: '7000201' },
  { scene: 'dm', target: DM },
  { scene: 'group', target: GROUP },
  { scene: 'c2c', target: USER },
] as const;

async function said(input: Parameters<Simulator['control']['say']>[0]): Promise<Sent> {
  const answered = sim.control.nextSent();
  sim.control.say(input);
  return answered;
}

describe('a bot on the gateway', () => {
  it('answers in every scene, over both shards', async () => {
    const bot = makeBot();
    bot.on(
      ['AT_MESSAGE_CREATE', 'DIRECT_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE'],
      (ctx) => ctx.reply(`you said: ${ctx.text}`),
    );
    await bot.start(START);
    expect(bot.status()).toMatchObject({
      appId: APP_ID,
      state: 'running',
      gateway: {
        isReady: true,
        shards: [
          { shard: 0, isLive: true },
          { shard: 1, isLive: true },
        ],
      },
    });
    for (const place of scenes) {
      const sent = await said({ ...place, content: '1 < 2' });
      expect(sent).toMatchObject({ ...place, appId: APP_ID });
      expect(sent.content).toMatch(/^you said: 1 (<|&lt;) 2$/);
      expect(sent.replyTo).not.toBe('');
    }
    await bot.stop();
    expect(bot.status().state).toBe('stopped');
    await bot.stopped;
  });

  it('counts msg_seq for several answers to one message', async () => {
    const bot = makeBot();
    bot.on('GROUP_AT_MESSAGE_CREATE', async (ctx) => {
      for (const part of ['a', 'b', 'c']) await ctx.reply(part);
    });
    await bot.start(START);
    sim.control.say({ scene: 'group', target: GROUP, content: 'hi' });
    await expect.poll(() => sim.control.outbox().map(({ body }) => body.msg_seq)).toEqual([1, 2, 3]);
  });

  it('handles a mention once, although it comes as two events', async () => {
    const bot = makeBot();
    const names: string[] = [];
    bot.on(['AT_MESSAGE_CREATE', 'MESSAGE_CREATE'], (ctx) => {
      names.push(`${ctx.event.t} ${ctx.text}`);
    });
    await bot.start(START);
    sim.control.say({ scene: 'channel', target: '7000101', content: 'mentioned' });
    sim.control.say({ scene: 'channel', target: '7000101', content: 'overheard', mention: false });
    await expect.poll(() => names).toEqual(['AT_MESSAGE_CREATE mentioned', 'MESSAGE_CREATE overheard']);
  });

  it('runs commands and asks a question back', async () => {
    const bot = makeBot();
    bot.command('天气', async (ctx) => {
      let [city] = ctx.args;
      if (city === undefined) {
        await ctx.reply('where?');
        city = (await ctx.next()).text;
      }
      await ctx.reply(`sunny in ${city}`);
    });
    await bot.start(START);
    expect(await said({ scene: 'group', target: GROUP, content: '/天气 北京' })).toMatchObject({
      content: 'sunny in 北京',
    });
    expect(await said({ scene: 'c2c', target: USER, content: '天气' })).toMatchObject({ content: 'where?' });
    expect(await said({ scene: 'c2c', target: USER, content: '上海' })).toMatchObject({
      content: 'sunny in 上海',
    });
  });

  it('answers an event by its id', async () => {
    const bot = makeBot();
    bot.on('GROUP_ADD_ROBOT', (ctx) => ctx.reply('hello everybody'));
    await bot.start(START);
    const answered = sim.control.nextSent();
    sim.control.act({ act: 'remove-bot', groupOpenid: GROUP });
    sim.control.act({ act: 'add-bot', groupOpenid: GROUP });
    expect((await answered).body).toMatchObject({
      event_id: expect.stringContaining('GROUP_ADD_ROBOT'),
      msg_seq: 1,
    });
  });

  it('tells what happens to its connections', async () => {
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {});
    expect(bot.gateway).toBeUndefined();
    const starting = bot.start(START);
    const seen: unknown[] = [];
    bot.gateway?.on('disconnect', ({ shard, next }) => seen.push(['disconnect', shard, next]));
    await starting;
    bot.gateway?.on('ready', ({ shard, resumed }) => seen.push(['ready', shard, resumed]));
    sim.control.fault({ kind: 'cut', shard: 1 });
    await expect
      .poll(() => seen)
      .toEqual([
        ['disconnect', 1, 'resume'],
        ['ready', 1, true],
      ]);
  });

  it('reports a handler that fails, with the event, and goes on', async () => {
    const bot = makeBot();
    const failed: unknown[] = [];
    bot.on('C2C_MESSAGE_CREATE', (ctx) => {
      if (ctx.text === 'break') throw new Error('broken');
      return ctx.reply('fine');
    });
    bot.onError((error, problem) => failed.push((error as Error).message, problem?.event.t, problem?.lane));
    bot.onError(() => {
      throw new Error('the reporter is broken too');
    });
    await bot.start(START);
    sim.control.say({ scene: 'c2c', target: USER, content: 'break' });
    expect((await said({ scene: 'c2c', target: USER, content: 'again' })).content).toBe('fine');
    expect(failed).toEqual(['broken', 'C2C_MESSAGE_CREATE', expect.stringMatching(/^shard [01]\/2$/)]);
  });

  it('logs it when nobody listens to errors; no secret is ever logged', async () => {
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {
      throw new Error('broken demo-secret');
    });
    await bot.start(START);
    sim.control.say({ scene: 'c2c', target: USER, content: 'x' });
    await expect.poll(() => lines.filter((line) => line.startsWith('handler failed'))).toHaveLength(1);
    await bot.stop();
    expect(lines.join('\n')).not.toContain('demo-secret');
  });
});

describe('a bot that cannot start', () => {
  it('says so for a wrong secret, and may be started again', async () => {
    const bot = makeBot({ secret: 'wrong' });
    bot.on('C2C_MESSAGE_CREATE', () => {});
    await expect(bot.start(START)).rejects.toSatisfy((error) => isBotgoError(error, 'BOTGO_TOKEN'));
    expect(bot.status().state).toBe('idle');
    await expect(bot.start(START)).rejects.toSatisfy((error) => isBotgoError(error, 'BOTGO_TOKEN'));
  });

  it('names the intent that it may not have', async () => {
    sim.control.bot({ appId: APP_ID, intents: 1 << 30 });
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {});
    await expect(bot.start(START)).rejects.toMatchObject({ code: 'BOTGO_GATEWAY_FATAL', closeCode: 4014 });
  });

  it('wants a handler, and one that asks for an intent', async () => {
    const bot = makeBot();
    await expect(bot.start(START)).rejects.toThrow(ConfigError);
    bot.on('*', () => {});
    await expect(bot.start(START)).rejects.toThrow(/intent/);
    expect(() => makeBot().webhook()).toThrow(ConfigError);
    expect(sim.control.sessions()).toEqual([]);
  });

  it('starts with * alone when the intents are given', async () => {
    const bot = makeBot({ intents: 1 << 25 });
    const names: string[] = [];
    bot.on('*', (ctx) => names.push(ctx.event.t));
    await bot.start(START);
    sim.control.say({ scene: 'c2c', target: USER, content: 'x' });
    await expect.poll(() => names).toContain('C2C_MESSAGE_CREATE');
  });

  it.each<[string, Partial<BotOptions>]>([
    ['no credential', { secret: undefined }],
    ['an unusable app id', { appId: '' }],
    ['a base URL that is none', { baseUrl: 'nowhere' }],
  ])('refuses %s', (_case, options) => {
    expect(() => makeBot(options)).toThrow(ConfigError);
  });

  it('refuses a token source of another app', () => {
    const tokenSource = { appId: '1', token: vi.fn(), invalidate() {} };
    expect(() => makeBot({ tokenSource })).toThrow(ConfigError);
  });
});

describe('the end of a bot', () => {
  const banned = async (bot: Bot) => {
    await bot.start(START);
    sim.control.bot({ appId: APP_ID, state: 'banned' });
    sim.control.fault({ kind: 'close', code: 4915 });
  };

  it('by a fatal code is told to onError and to stopped', async () => {
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {});
    const told: unknown[] = [];
    bot.onError((error, problem) => told.push(error, problem));
    await banned(bot);
    await expect(bot.stopped).rejects.toMatchObject({ code: 'BOTGO_GATEWAY_FATAL', closeCode: 4915 });
    expect(told).toEqual([expect.objectContaining({ closeCode: 4915 }), undefined]);
    expect(bot.status().state).toBe('stopped');
  });

  it('by stop waits for a handler that is under way, and its answer arrives', async () => {
    const bot = makeBot();
    const started: Context<'C2C_MESSAGE_CREATE'>[] = [];
    bot.on('C2C_MESSAGE_CREATE', async (ctx) => {
      started.push(ctx);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await ctx.reply('done');
    });
    await bot.start(START);
    sim.control.say({ scene: 'c2c', target: USER, content: 'x' });
    await expect.poll(() => started.length).toBe(1);
    await bot.stop();
    expect(sim.control.outbox()).toMatchObject([{ content: 'done' }]);
    await expect(bot.start(START)).rejects.toThrow();
    await expect(bot.from({ run: async () => {}, stop: async () => {} })).rejects.toSatisfy((error) =>
      isBotgoError(error, 'BOTGO_CLOSED'),
    );
  });

  it('by aborting resolves stopped', async () => {
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {});
    const abort = new AbortController();
    await bot.start({ ...START, signal: abort.signal });
    abort.abort();
    await bot.stopped;
  });

  it('before its start is nothing special', async () => {
    const bot = makeBot();
    await bot.stop();
    await bot.stop();
    await bot.stopped;
  });
});

describe('what a bot says to an orchestrator', () => {
  const health = (bot: Bot) => {
    const { state, isLive, isReady } = bot.status();
    return { state, isLive, isReady };
  };

  it('ready once its shards take events, not while one is away, and dead after its end', async () => {
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {});
    expect(health(bot)).toEqual({ state: 'idle', isLive: true, isReady: false });
    const started = bot.start(START);
    expect(health(bot)).toEqual({ state: 'running', isLive: true, isReady: false });
    await started;
    expect(health(bot)).toEqual({ state: 'running', isLive: true, isReady: true });
    const away = new Promise<void>((resolve) => bot.gateway?.once('disconnect', () => resolve()));
    sim.control.fault({ kind: 'close', code: 4009 });
    await away;
    expect(health(bot)).toEqual({ state: 'running', isLive: true, isReady: false });
    await expect.poll(() => health(bot).isReady, { timeout: 20_000 }).toBe(true);
    const stopped = bot.stop();
    expect(health(bot)).toEqual({ state: 'stopping', isLive: true, isReady: false });
    await stopped;
    expect(health(bot)).toEqual({ state: 'stopped', isLive: false, isReady: false });
  });

  it('as ready as its sources are', async () => {
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {});
    const source = (isReady: () => boolean) => {
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      return { run: () => ended, stop: async () => end(), status: () => ({ isReady: isReady() }) };
    };
    let isReady = false;
    await bot.from(source(() => isReady));
    expect(health(bot)).toMatchObject({ isLive: true, isReady: false });
    isReady = true;
    expect(health(bot)).toMatchObject({ isReady: true });
    bot.webhook();
    expect(health(bot)).toMatchObject({ isReady: true });
    isReady = false;
    expect(health(bot)).toMatchObject({ isReady: false });
  });

  it('is not live once the platform forbids it to come back', async () => {
    const bot = makeBot();
    bot.on('C2C_MESSAGE_CREATE', () => {});
    bot.onError(() => {});
    await bot.start(START);
    sim.control.bot({ appId: APP_ID, state: 'banned' });
    sim.control.fault({ kind: 'close', code: 4915 });
    await bot.stopped.catch(() => {});
    expect(health(bot)).toEqual({ state: 'stopped', isLive: false, isReady: false });
  });
});

it('a handler added while the bot runs must need no further intent', async () => {
  const bot = makeBot();
  bot.on('C2C_MESSAGE_CREATE', () => {});
  await bot.start(START);
  bot.on('GROUP_AT_MESSAGE_CREATE', (ctx) => ctx.reply('late'));
  expect(() => bot.on('AT_MESSAGE_CREATE', () => {})).toThrow(ConfigError);
  expect(() => bot.command('late', () => {})).toThrow(ConfigError);
  expect((await said({ scene: 'group', target: GROUP, content: 'x' })).content).toBe('late');
});
