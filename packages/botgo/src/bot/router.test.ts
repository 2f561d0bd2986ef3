import { describe, expect, it, vi } from 'vitest';
import { manualClock } from '../clock/index.js';
import { Delivery, type DeliveryProblem } from '../delivery/index.js';
import { Intent } from '../dto/index.js';
import { BotgoError, ConfigError, isBotgoError } from '../errs/index.js';
import type { IncomingEvent } from '../event/index.js';
import { Replier } from '../message/index.js';
import type { CallOptions, OpenAPI } from '../openapi/index.js';
import type { Context } from './context.js';
import { type BotHandler, Router } from './router.js';

function setup({ dropDoubledMessages = true } = {}) {
  const sent: unknown[][] = [];
  const post =
    (name: string) =>
    async (...args: unknown[]) => {
      sent.push([name, ...args]);
      return { id: `sent-${sent.length}` } as never;
    };
  const api = {
    postMessage: post('channel'),
    postDirectMessage: post('dm'),
    postGroupMessage: post('group'),
    postC2CMessage: post('c2c'),
  } as unknown as OpenAPI;
  const home = { bounded: () => api, replier: new Replier(api) };
  const router = new Router({ dropDoubledMessages });
  const problems: DeliveryProblem[] = [];
  const clock = manualClock();
  const delivery = new Delivery({
    handle: (event, handling) => router.handle(event, handling, home),
    wants: (type) => router.wants(type),
    onError: (problem) => problems.push(problem),
    clock,
  });
  const lane = delivery.openLane({ name: 'shard 0/1' });
  let mark = 0;
  const receive = (event: IncomingEvent) => lane.receive(event, ++mark);
  return { router, receive, sent, problems, clock, lane, api, delivery };
}

let ids = 0;
const groupMessage = (content: string, over: object = {}): IncomingEvent => ({
  t: 'GROUP_AT_MESSAGE_CREATE',
  id: `E${++ids}`,
  d: { id: `M${ids}`, group_openid: 'G', content, author: { member_openid: 'pine' }, ...over },
});
const channelMessage = (content: string, over: object = {}): IncomingEvent => ({
  t: 'AT_MESSAGE_CREATE',
  id: `E${++ids}`,
  d: { id: `M${ids}`, channel_id: 'C', guild_id: 'g', content, author: { id: 'pine' }, ...over },
});

describe('an event that is tried again', () => {
  it.each([
    ['threw', () => Promise.reject(new Error('not now'))],
    ['timed out', () => new Promise(() => {})],
  ])('lets nothing be sent any more by the try that %s', async (_how, end) => {
    const { router, sent, clock, delivery } = setup();
    const tries: Context[] = [];
    router.add('GROUP_AT_MESSAGE_CREATE', (ctx) => {
      tries.push(ctx);
      return tries.length === 1 ? end() : ctx.reply('second');
    });
    const lane = delivery.openLane({
      name: 'partition 0',
      retry: { maxAttempts: 2, delayMs: () => 10 },
    });
    lane.receive(groupMessage('hi'), 1);
    await clock.advance(60_000);
    await clock.advance(10);
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2]);
    const [first] = tries;
    await expect(first?.reply('first')).rejects.toBeInstanceOf(BotgoError);
    expect(first?.signal.aborted).toBe(true);
    expect(sent.map(([scene, , message]) => [scene, message])).toMatchObject([
      ['group', { content: 'second' }],
    ]);
  });
});

describe('handlers', () => {
  it('several for one event run in the order they were added, each after the one before', async () => {
    const { router, receive, clock } = setup();
    const order: string[] = [];
    const step = (name: string, wait: boolean): BotHandler =>
      wait
        ? async () => {
            order.push(`${name} begins`);
            await Promise.resolve();
            order.push(`${name} ends`);
          }
        : () => order.push(name);
    router.add('FRIEND_ADD', step('a', false));
    router.add('FRIEND_ADD', step('b', true));
    router.add('FRIEND_ADD', step('c', true));
    router.add('FRIEND_ADD', step('d', false));
    receive({ t: 'FRIEND_ADD', id: 'E', d: { openid: 'U' } });
    await clock.advance(0);
    expect(order).toEqual(['a', 'b begins', 'b ends', 'c begins', 'c ends', 'd']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('broken');
      },
    ],
  ])('one that %s ends the row and is reported with its event', async (_how, broken) => {
    const { router, receive, problems, clock, lane } = setup();
    const after = vi.fn();
    router.add('FRIEND_ADD', () => {});
    router.add('FRIEND_ADD', broken);
    router.add('FRIEND_ADD', after);
    receive({ t: 'FRIEND_ADD', id: 'E', d: { openid: 'U' } });
    await clock.advance(0);
    expect(problems).toMatchObject([{ outcome: 'failed', event: { id: 'E' }, error: { message: 'broken' } }]);
    expect(after).not.toHaveBeenCalled();
    expect(lane.checkpoint).toBe(1);
  });

  it('a synchronous handler has settled when receive returns', () => {
    const { router, receive, lane } = setup();
    router.add('FRIEND_ADD', () => 'done');
    receive({ t: 'FRIEND_ADD', id: 'E', d: { openid: 'U' } });
    expect(lane.unsettled).toBe(0);
  });

  it('* gets what has no handler of its own, known or not', () => {
    const { router, receive } = setup();
    const rest = vi.fn();
    const own = vi.fn();
    router.addRest((ctx) => rest(ctx.event.t));
    router.add('FRIEND_ADD', own);
    for (const t of ['FRIEND_ADD', 'FRIEND_DEL', 'RESUMED', 'NEW_EVENT_OF_2030'])
      receive({ t, id: `E${++ids}`, d: { openid: 'U' } });
    expect(rest.mock.calls.flat()).toEqual(['FRIEND_DEL', 'RESUMED', 'NEW_EVENT_OF_2030']);
    expect(own).toHaveBeenCalledOnce();
    expect(router.intents).toBe(Intent.GroupMessages);
  });

  it('asks for the intents of its events, or for those that are given', () => {
    const { router } = setup();
    expect([router.isEmpty, router.intents]).toEqual([true, 0]);
    router.add('AT_MESSAGE_CREATE', () => {});
    router.add('NEW_EVENT_OF_2030', () => {}, 1 << 20);
    expect([router.isEmpty, router.intents]).toEqual([false, Intent.GuildAtMessage | (1 << 20)]);
  });

  it('refuses an empty name and what is no function', () => {
    const { router } = setup();
    expect(() => router.add('', () => {})).toThrow(ConfigError);
    expect(() => router.add('FRIEND_ADD', 'hi' as never)).toThrow(ConfigError);
    expect(() => router.addRest(undefined as never)).toThrow(ConfigError);
    expect(router.isEmpty).toBe(true);
  });
});

describe('commands', () => {
  const run = (content: string, make = groupMessage) => {
    const { router, receive } = setup();
    const command = vi.fn();
    const other = vi.fn();
    router.addCommand(['天气', 'weather'], (ctx) => void command(ctx.command, ctx.args), {});
    router.add('GROUP_AT_MESSAGE_CREATE', () => void other());
    router.add('AT_MESSAGE_CREATE', () => void other());
    router.add('GROUP_MESSAGE_CREATE', () => void other());
    receive(make(content));
    return { command: command.mock.calls[0], others: other.mock.calls.length };
  };

  it.each<[string, unknown[] | undefined]>([
    [' 天气', ['天气', []]],
    ['/天气 北京', ['天气', ['北京']]],
    ['weather  new york\u00a0 today ', ['weather', ['new', 'york', 'today']]],
    ['天气北京', undefined],
    ['今天 天气', undefined],
    ['//天气', undefined],
    ['', undefined],
    ['/', undefined],
    ['__proto__', undefined],
  ])('%j', (content, call) => {
    expect(run(content)).toEqual({ command: call, others: call ? 0 : 1 });
  });

  it('mentions before it are not part of it', () => {
    expect(run('<@!3141>/天气 <@5> 北京', channelMessage).command).toEqual(['天气', ['北京']]);
  });

  it('in a message that is not addressed to the bot it needs its slash', () => {
    const overheard = (content: string) => ({ ...groupMessage(content), t: 'GROUP_MESSAGE_CREATE' });
    expect(run('天气', overheard).command).toBeUndefined();
    expect(run('/天气', overheard).command).toEqual(['天气', []]);
    const mentioning = (content: string) => ({
      ...groupMessage(content, { mentions: [{ is_you: true }] }),
      t: 'GROUP_MESSAGE_CREATE',
    });
    expect(run('天气', mentioning).command).toEqual(['天气', []]);
    const mentioningOther = (content: string) => ({
      ...groupMessage(content, { mentions: [{ bot: true, is_you: false }] }),
      t: 'GROUP_MESSAGE_CREATE',
    });
    expect(run('天气', mentioningOther).command).toBeUndefined();
  });

  it('a message that gives none goes to *, where nobody else listens', () => {
    const { router, receive } = setup();
    const rest = vi.fn();
    router.addCommand('help', () => {}, {});
    router.addRest((ctx) => rest(ctx.text));
    receive(groupMessage('help'));
    receive(groupMessage('hello'));
    expect(rest.mock.calls).toEqual([['hello']]);
  });

  it('asks for the intents of its scenes, and works in those only', () => {
    const { router, receive } = setup();
    const handler = vi.fn();
    router.addCommand('help', handler, { scenes: ['channel'] });
    expect(router.intents).toBe(Intent.GuildAtMessage);
    receive(groupMessage('help'));
    expect(handler).not.toHaveBeenCalled();
    receive(channelMessage('help'));
    expect(handler).toHaveBeenCalledOnce();
    router.addCommand('everywhere', handler, {});
    expect(router.intents).toBe(Intent.GuildAtMessage | Intent.DirectMessages | Intent.GroupMessages);
  });

  it.each([
    ['no name', []],
    ['an empty name', ''],
    ['a slash', '/'],
    ['two words', 'a b'],
    ['a name that is taken', ['new', '/taken']],
  ])('refuses %s', (_case, names) => {
    const { router } = setup();
    router.addCommand('taken', () => {}, {});
    expect(() => router.addCommand(names, () => {}, {})).toThrow(ConfigError);
  });

  it('refuses no function and no scene', () => {
    const { router } = setup();
    expect(() => router.addCommand('a', 'b' as never, {})).toThrow(ConfigError);
    expect(() => router.addCommand('a', () => {}, { scenes: [] })).toThrow(ConfigError);
  });
});

describe('a message that came under two intents', () => {
  const both = () => {
    const addressed = channelMessage('hi');
    return [addressed, { ...addressed, t: 'MESSAGE_CREATE', id: `E${++ids}` }];
  };

  it.each(['AT first', 'MESSAGE first'])('is handled once, %s', (first) => {
    const { router, receive } = setup();
    const handler = vi.fn();
    router.add('AT_MESSAGE_CREATE', (ctx) => handler(ctx.event.t));
    router.add('MESSAGE_CREATE', (ctx) => handler(ctx.event.t));
    const copies = first === 'AT first' ? both() : both().reverse();
    for (const copy of copies) receive(copy);
    expect(handler.mock.calls).toEqual([[copies[0]?.t]]);
  });

  it('is handled under the one name that has a handler, whichever comes first', () => {
    const { router, receive } = setup();
    const handler = vi.fn();
    router.add('AT_MESSAGE_CREATE', handler);
    for (const copy of both().reverse()) receive(copy);
    expect(handler).toHaveBeenCalledOnce();
  });

  it('is not taken from its handler by a copy that only a command might have taken', () => {
    const { router, receive } = setup();
    const handler = vi.fn();
    const command = vi.fn();
    router.add('AT_MESSAGE_CREATE', handler);
    router.addCommand('hi', command, { scenes: ['group'] });
    router.addCommand('bye', command, {});
    for (const copy of both().reverse()) receive(copy);
    expect(handler).toHaveBeenCalledOnce();
    const bye = { ...channelMessage('/bye') };
    for (const copy of [{ ...bye, t: 'MESSAGE_CREATE', id: 'E0' }, bye]) receive(copy);
    expect(command).toHaveBeenCalledOnce();
    expect(handler).toHaveBeenCalledOnce();
  });

  it('is handled twice when that is wanted', () => {
    const { router, receive } = setup({ dropDoubledMessages: false });
    const handler = vi.fn();
    router.add('AT_MESSAGE_CREATE', handler);
    router.add('MESSAGE_CREATE', handler);
    for (const copy of both()) receive(copy);
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it('does not stand in the way of other messages, nor of one without an id', () => {
    const { router, receive } = setup();
    const handler = vi.fn();
    router.add('AT_MESSAGE_CREATE', handler);
    router.add('MESSAGE_CREATE', handler);
    for (let n = 0; n < 5_000; n++) receive(channelMessage('hi'));
    receive(channelMessage('hi', { id: undefined }));
    receive({ ...channelMessage('hi', { id: undefined }), t: 'MESSAGE_CREATE' });
    expect(handler).toHaveBeenCalledTimes(5_002);
  });
});

describe('the context', () => {
  function contextOf(event: IncomingEvent, handler: (ctx: Context) => unknown) {
    const world = setup();
    world.router.add(event.t, handler);
    world.receive(event);
    return world;
  }

  it('holds the event, its content, text, scene and the client', () => {
    const event = channelMessage('<@!3141> 1 &lt; 2');
    const seen: unknown[] = [];
    const { api } = contextOf(event, (ctx) =>
      seen.push(ctx.event, ctx.data, ctx.text, ctx.scene, ctx.attempt, ctx.command, ctx.args, ctx.api),
    );
    expect(seen).toEqual([event, event.d, '1 < 2', 'channel', 1, undefined, [], api]);
    expect(seen[0]).toBe(event);
  });

  it('replies into the scene, with the signal of the handling and that of the caller', async () => {
    const abort = new AbortController();
    const replied = vi.fn();
    const { sent, clock } = contextOf(groupMessage('hi'), async (ctx) => {
      replied(await ctx.reply('hello', { signal: abort.signal, timeoutMs: 9 }));
    });
    await clock.advance(0);
    expect(replied).toHaveBeenCalledWith({ id: 'sent-1' });
    expect(sent).toMatchObject([['group', 'G', { content: 'hello', msg_seq: 1 }, { timeoutMs: 9 }]]);
    const options = sent[0]?.[3] as CallOptions;
    abort.abort();
    expect(options.signal?.aborted).toBe(true);
  });

  it('sends nothing any more once the shard is lost, and says why', async () => {
    const errors: unknown[] = [];
    const lost = new BotgoError('BOTGO_LEASE_LOST', 'the lease ended');
    const { sent, lane, clock } = contextOf(groupMessage('hi'), async (ctx) => {
      await Promise.resolve();
      await ctx.reply('too late').catch((error) => errors.push(error));
    });
    lane.revoke(lost);
    await clock.advance(0);
    expect(errors).toEqual([lost]);
    expect(sent).toEqual([]);
  });

  it('waits for the next message of the same author, past those of others', async () => {
    const heard: string[] = [];
    const { receive, clock, sent } = contextOf(groupMessage('name?'), async (ctx) => {
      if (ctx.text !== 'name?') return heard.push(`queue: ${ctx.text}`);
      const answer = await ctx.next();
      heard.push(`answer: ${answer.text}`);
      return answer.reply('thanks');
    });
    receive(groupMessage('not me', { author: { member_openid: 'willow' } }));
    receive(groupMessage('elsewhere', { group_openid: 'H' }));
    await clock.advance(0);
    const answer = groupMessage('pine');
    receive(answer);
    await clock.advance(0);
    expect(heard).toEqual(['queue: not me', 'queue: elsewhere', 'answer: pine']);
    expect(sent).toMatchObject([['group', 'G', { msg_id: (answer.d as { id: string }).id }, {}]]);
  });

  it("waits for anybody's when told to", async () => {
    const heard: string[] = [];
    const { receive, clock } = contextOf(groupMessage('who is there?'), async (ctx) => {
      heard.push((await ctx.next({ from: 'anyone' })).text);
    });
    receive(groupMessage('me', { author: { member_openid: 'willow' } }));
    await clock.advance(0);
    expect(heard).toEqual(['me']);
  });

  it('gives up waiting in time', async () => {
    const { problems, clock } = contextOf(groupMessage('name?'), (ctx) => ctx.next({ timeoutMs: 500 }));
    await clock.advance(499);
    expect(problems).toEqual([]);
    await clock.advance(1);
    expect(problems[0]?.error).toSatisfy((error) => isBotgoError(error, 'BOTGO_TIMEOUT'));
  });

  it('has nobody to wait for where an event has no author', async () => {
    const event = { t: 'AUDIO_START', id: 'E', d: { channel_id: 'C', guild_id: 'g' } };
    const { problems, clock } = contextOf(event, (ctx) => ctx.next());
    await clock.advance(0);
    expect(problems[0]?.error).toSatisfy((error) => isBotgoError(error, 'BOTGO_CONFIG'));
  });
});
