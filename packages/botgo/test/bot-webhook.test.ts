import { describe, expect, it } from 'vitest';
import { Bot } from '../src/bot/index.js';
import { ConfigError } from '../src/errs/index.js';
import type { EventSink, EventSource } from '../src/event/index.js';
import { silentLogger } from '../src/log/index.js';
import { nodeHandler } from '../src/webhook/index.js';
import { callbackHeaders, dispatchBody } from './support/signed-callback.js';

const BOT = { appId: '11111111', secret: 'naOC0ocQE3shWLAfffVLB1rhYPG7' };

function request(body: string, bot = BOT): Request {
  return new Request('https://bot.example/', { method: 'POST', body, headers: callbackHeaders(bot, body) });
}

describe('a bot behind a callback', () => {
  it('runs the same handlers and says whether they did their work', async () => {
    await using bot = new Bot({ ...BOT, logger: silentLogger });
    const heard: string[] = [];
    bot.on('C2C_MESSAGE_CREATE', (ctx) => {
      heard.push(ctx.text);
      if (ctx.text === 'break') throw new Error('broken');
    });
    const { fetch } = bot.webhook();
    const answer = async (content: string) => (await fetch(request(dispatchBody(content, content)))).text();
    expect(await answer('hello')).toBe('{"op":12,"d":0}');
    expect(await answer('break')).toBe('{"op":12,"d":1}');
    // The platform delivers again: what failed is handled again, what was handled is not.
    expect(await answer('break')).toBe('{"op":12,"d":1}');
    expect(await answer('hello')).toBe('{"op":12,"d":0}');
    expect(heard).toEqual(['hello', 'break', 'break']);
    await bot.stop();
    expect((await fetch(request(dispatchBody()))).status).toBe(503);
  });

  it('needs a secret', () => {
    const bot = new Bot({ appId: '1', token: 'fixed', logger: silentLogger });
    bot.on('*', () => {});
    expect(() => bot.webhook()).toThrow(ConfigError);
    expect(() => bot.webhook({ secret: 'given' })).not.toThrow();
  });

  it('can share its address with other bots', () => {
    const bots = ['1', '2'].map((appId) => new Bot({ appId, secret: 's', logger: silentLogger }));
    const sources = bots.map((bot) => bot.on('*', () => {}).webhook().source);
    expect(() => nodeHandler(sources)).not.toThrow();
  });
});

describe('a bot over a source of its own', () => {
  it('gives it its sink and stops it', async () => {
    const bot = new Bot({ ...BOT, logger: silentLogger });
    const heard: string[] = [];
    bot.on('FRIEND_ADD', (ctx) => heard.push(ctx.data.openid));
    let sink: EventSink | undefined;
    let end = () => {};
    const source: EventSource = {
      run: (given) => {
        sink = given;
        return new Promise((resolve) => {
          end = resolve;
        });
      },
      stop: async () => end(),
    };
    await bot.from(source);
    expect([sink?.wants('FRIEND_ADD'), sink?.wants('FRIEND_DEL'), sink?.intents]).toEqual([
      true,
      false,
      1 << 25,
    ]);
    sink?.openLane({ name: 'x' }).receive({ t: 'FRIEND_ADD', id: 'E', d: { openid: 'U' } }, 1);
    expect(heard).toEqual(['U']);
    await bot.stop();
    await bot.stopped;
  });

  it('rejects stopped when the source ends by an error', async () => {
    const bot = new Bot({ ...BOT, logger: silentLogger });
    bot.on('*', () => {});
    let fail: (error: Error) => void = () => {};
    const source: EventSource = {
      run: () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
      stop: async () => {},
    };
    await bot.from(source);
    fail(new Error('broker gone'));
    await expect(bot.stopped).rejects.toThrow('broker gone');
  });
});
