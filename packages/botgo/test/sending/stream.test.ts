import { createClock, type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bot, type Context } from '../../src/bot/index.js';
import { manualClock } from '../../src/clock/index.js';
import { BotgoError, OpenAPIError, type ReplyRefusal, ReplyRefusedError } from '../../src/errs/index.js';
import type { IncomingEvent } from '../../src/event/index.js';
import { silentLogger } from '../../src/log/index.js';
import { type OutboxOptions, Replier } from '../../src/message/index.js';
import { recordedSender, type SentCall } from '../support/recorded-sender.js';

const c2c: IncomingEvent = { t: 'C2C_MESSAGE_CREATE', id: 'E', d: { id: 'M', author: { user_openid: 'U' } } };
const friend: IncomingEvent = { t: 'FRIEND_ADD', id: 'F', d: { openid: 'U' } };
const group: IncomingEvent = { t: 'GROUP_AT_MESSAGE_CREATE', id: 'E', d: { id: 'M', group_openid: 'GO' } };

function setup(options: Omit<OutboxOptions, 'clock'> = {}, answer?: Parameters<typeof recordedSender>[0]) {
  const clock = manualClock();
  const { sender, sent } = recordedSender(answer);
  const replier = new Replier(sender, { random: () => 0.5, ...options, clock });
  return { clock, replier, sent };
}

/** A source that yields what it is given, when it is given. */
function pushed() {
  const waiting: string[] = [];
  let wake: () => void = () => {};
  let end: { readonly error?: unknown } | undefined;
  let returned = false;
  async function* read(): AsyncGenerator<string> {
    try {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (end) {
          if (end.error) throw end.error;
          return;
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      returned = true;
    }
  }
  return {
    source: read(),
    push(text: string) {
      waiting.push(text);
      wake();
    },
    end(error?: unknown) {
      end = { error };
      wake();
    },
    get isReturned() {
      return returned;
    },
  };
}

const slices = (sent: readonly SentCall[]) =>
  sent.map(([method, , body]) => [method, body.index, body.input_state, body.content_raw]);
const refused = (reason: ReplyRefusal) => (error: unknown) =>
  error instanceof ReplyRefusedError && error.reason === reason;
const platformError = (platformCode: number, status = 400): OpenAPIError =>
  new OpenAPIError('refused', { status, platformCode, method: 'POST', path: '/v2/users/U/stream_messages' });
const STREAM = 'postC2CStreamMessage';

describe('a streamed answer in C2C', () => {
  it('shows the first words at once, then what has come every interval, then the end', async () => {
    const { clock, replier, sent } = setup();
    const model = pushed();
    const done = replier.replyStream(c2c, model.source, { intervalMs: 500 });
    model.push('Hel');
    await clock.advance(0);
    expect(slices(sent)).toEqual([[STREAM, 0, 1, 'Hel']]);
    model.push('lo ');
    model.push('wor');
    await clock.advance(499);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(slices(sent)[1]).toEqual([STREAM, 1, 1, 'Hello wor']);
    model.push('ld');
    await clock.advance(500);
    model.push('!');
    model.end();
    await clock.advance(300);
    expect(await done).toMatchObject({ text: 'Hello world!', streamed: true, updates: 4 });
    expect(slices(sent).slice(2)).toEqual([
      [STREAM, 2, 1, 'Hello world'],
      [STREAM, 3, 10, 'Hello world!'],
    ]);
    for (const [, target, body] of sent) {
      expect(target).toBe('U');
      expect(body).toMatchObject({
        msg_id: 'M',
        msg_seq: 1,
        input_mode: 'replace',
        content_type: 'markdown',
      });
    }
    expect(sent.map(([, , body]) => body.stream_msg_id)).toEqual([undefined, 'sent-1', 'sent-1', 'sent-1']);
  });

  it('is one reply, numbered with the others', async () => {
    const { clock, replier, sent } = setup();
    await replier.reply(c2c, 'first');
    const done = replier.replyStream(c2c, ['a', 'b']);
    await clock.advance(1_000);
    await done;
    await replier.reply(c2c, 'last');
    expect(sent.map(([, , body]) => body.msg_seq)).toEqual([1, 2, 2, 3]);
    expect(await replier.left(c2c)).toMatchObject({ replies: 1 });
  });

  it('answers an event by its id', async () => {
    const { clock, replier, sent } = setup();
    const done = replier.replyStream(friend, ['hi']);
    await clock.advance(1_000);
    await done;
    expect(sent[0]?.[2]).toMatchObject({ event_id: 'F' });
    expect(sent[0]?.[2]).not.toHaveProperty('msg_id');
  });

  it('keeps a silent stream alive', async () => {
    const { clock, replier, sent } = setup();
    const model = pushed();
    const done = replier.replyStream(c2c, model.source, { keepAliveMs: 10_000 });
    model.push('thinking');
    await clock.advance(25_000);
    expect(slices(sent)).toEqual([
      [STREAM, 0, 1, 'thinking'],
      [STREAM, 1, 1, 'thinking'],
      [STREAM, 2, 1, 'thinking'],
    ]);
    model.end();
    await clock.advance(300);
    await done;
  });

  it('shows no half of a character', async () => {
    const { clock, replier, sent } = setup();
    const model = pushed();
    const done = replier.replyStream(c2c, model.source);
    model.push('a\ud83d');
    await clock.advance(500);
    model.push('\ude00');
    await clock.advance(500);
    model.end();
    await clock.advance(300);
    await done;
    expect(sent.map(([, , body]) => body.content_raw)).toEqual(['a', 'a😀', 'a😀']);
  });

  it('goes on after an update whose answer was lost', async () => {
    const { clock, replier, sent } = setup({}, (_call, count) => {
      if (count === 2) throw new BotgoError('BOTGO_TIMEOUT', 'no answer');
    });
    const model = pushed();
    const done = replier.replyStream(c2c, model.source);
    model.push('a');
    await clock.advance(100);
    model.push('b');
    await clock.advance(500);
    model.push('c');
    await clock.advance(500);
    model.end();
    await clock.advance(300);
    await done;
    expect(slices(sent).map(([, index, , text]) => [index, text])).toEqual([
      [0, 'a'],
      [1, 'ab'],
      [2, 'abc'],
      [3, 'abc'],
    ]);
  });

  it('sends the first and the last update again, unchanged, when their answers are lost', async () => {
    const { clock, replier, sent } = setup({}, ([, , body], count) => {
      if (count === 1) throw platformError(50001, 500);
      if (body.input_state === 10 && count === 3) throw new BotgoError('BOTGO_NETWORK', 'reset');
      // The first of the two had come through.
      if (body.input_state === 10) throw platformError(40034018);
    });
    const done = replier.replyStream(c2c, ['a']);
    await clock.advance(5_000);
    expect(await done).toMatchObject({ text: 'a', streamed: true });
    expect(slices(sent).map(([, index, state]) => [index, state])).toEqual([
      [0, 1],
      [0, 1],
      [1, 10],
      [1, 10],
    ]);
    expect(sent.map(([, , body]) => body.msg_seq)).toEqual([1, 1, 1, 1]);
  });

  it('waits after a 429', async () => {
    const { clock, replier, sent } = setup({}, (_call, count) => {
      if (count === 1) throw platformError(50002, 429);
    });
    const done = replier.replyStream(c2c, ['a']);
    await clock.advance(999);
    expect(sent).toHaveLength(1);
    await clock.advance(2_000);
    await done;
    expect(slices(sent).map(([, index]) => index)).toEqual([0, 0, 1]);
  });
});

describe('the end of a stream', () => {
  it('is closed with what had come when its source fails, whose error is told', async () => {
    const { clock, replier, sent } = setup();
    const model = pushed();
    const done = replier.replyStream(c2c, model.source);
    const failed = expect(done).rejects.toThrow('the model died');
    model.push('half');
    await clock.advance(100);
    model.end(new Error('the model died'));
    await clock.advance(1_000);
    await failed;
    expect(slices(sent)).toEqual([
      [STREAM, 0, 1, 'half'],
      [STREAM, 1, 10, 'half'],
    ]);
  });

  it('comes with an abort, although the source does not react', async () => {
    const { clock, replier, sent } = setup();
    const abort = new AbortController();
    const model = pushed();
    const done = replier.replyStream(c2c, model.source, { signal: abort.signal });
    const failed = expect(done).rejects.toMatchObject({ code: 'BOTGO_ABORTED' });
    model.push('half');
    await clock.advance(100);
    abort.abort();
    await clock.advance(1_000);
    await failed;
    expect(slices(sent).at(-1)).toEqual([STREAM, 1, 10, 'half']);
    expect(clock.pending).toBe(0);
    model.push('more');
    await expect.poll(() => model.isReturned).toBe(true);
  });

  it('nothing is sent any more by a process that lost its shard', async () => {
    const { clock, replier, sent } = setup();
    const abort = new AbortController();
    const model = pushed();
    const done = replier.replyStream(c2c, model.source, { signal: abort.signal });
    const failed = expect(done).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    model.push('half');
    await clock.advance(100);
    abort.abort(new BotgoError('BOTGO_LEASE_LOST', 'taken over'));
    await clock.advance(1_000);
    await failed;
    expect(sent).toHaveLength(1);
  });

  it('an abort before the first word sends and spends nothing', async () => {
    const { clock, replier, sent } = setup();
    const abort = new AbortController();
    const model = pushed();
    const done = replier.replyStream(c2c, model.source, { signal: abort.signal });
    const failed = expect(done).rejects.toMatchObject({ code: 'BOTGO_ABORTED' });
    await clock.advance(100);
    abort.abort();
    await failed;
    expect(sent).toEqual([]);
    expect(await replier.left(c2c)).toMatchObject({ replies: 4 });
  });

  it.each([
    ['nothing', []],
    ['empty pieces', ['', '']],
    ['blanks', [' ', '\n']],
  ])('%s is refused, sent and spent not at all', async (_case, pieces) => {
    for (const event of [c2c, group]) {
      const { replier, sent } = setup();
      const before = await replier.left(event);
      await expect(replier.replyStream(event, pieces)).rejects.toSatisfy(refused('empty'));
      expect(sent).toEqual([]);
      expect((await replier.left(event)).replies).toBe(before.replies);
    }
  });

  it('what is no text is a mistake, after which the stream is closed', async () => {
    const { clock, replier, sent } = setup();
    const pieces = ['a', { choices: [] }] as unknown as string[];
    const done = replier.replyStream(c2c, pieces);
    const failed = expect(done).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
    await clock.advance(1_000);
    await failed;
    expect(slices(sent).at(-1)?.[2]).toBe(10);
  });

  it('a newer stream ends it, and its source', async () => {
    const { clock, replier } = setup({}, (_call, count) => {
      if (count === 2) throw platformError(40034022);
    });
    const model = pushed();
    const done = replier.replyStream(c2c, model.source);
    const failed = expect(done).rejects.toMatchObject({ platformCode: 40034022 });
    model.push('a');
    await clock.advance(100);
    model.push('b');
    await clock.advance(1_000);
    await failed;
    model.push('c');
    await expect.poll(() => model.isReturned).toBe(true);
  });
});

describe('where there is no streaming', () => {
  it('a group gets one message', async () => {
    const { replier, sent } = setup();
    const done = await replier.replyStream(group, ['a', 'b'], { asMessage: (text) => `${text}!` });
    expect(done).toMatchObject({ text: 'ab', streamed: false, result: { id: 'sent-1' } });
    expect(sent).toEqual([
      ['postGroupMessage', 'GO', { msg_type: 0, content: 'ab!', msg_id: 'M', msg_seq: 2 }],
    ]);
    expect(await replier.left(group)).toMatchObject({ replies: 4 });
  });

  it('so does a user whose message is older than 5 minutes', async () => {
    const { clock, replier, sent } = setup();
    await replier.left(c2c);
    await clock.advance(5 * 60_000);
    expect(await replier.replyStream(c2c, ['a'])).toMatchObject({ streamed: false });
    expect(sent.map(([method]) => method)).toEqual(['postC2CMessage']);
  });

  it('a source that fails sends nothing', async () => {
    const { replier, sent } = setup();
    const model = pushed();
    model.push('half');
    model.end(new Error('the model died'));
    await expect(replier.replyStream(group, model.source)).rejects.toThrow('the model died');
    expect(sent).toEqual([]);
  });

  it('a message that takes no more answers is refused before the source is read', async () => {
    for (const event of [c2c, group]) {
      const { replier } = setup();
      const { replies } = await replier.left(event);
      for (let count = 0; count < replies; count++) await replier.reply(event, 'x');
      let isRead = false;
      const source = (async function* () {
        isRead = true;
        yield 'x';
      })();
      await expect(replier.replyStream(event, source)).rejects.toSatisfy(refused('replies-used-up'));
      expect(isRead).toBe(false);
    }
  });

  it('or is answered by choice with a proactive message', async () => {
    const { replier, sent } = setup();
    for (let count = 0; count < 4; count++) await replier.reply(c2c, 'x');
    const done = await replier.replyStream(c2c, ['a', 'b'], { fallback: 'proactive' });
    expect(done.streamed).toBe(false);
    expect(sent.at(-1)).toEqual(['postC2CMessage', 'U', { msg_type: 0, content: 'ab' }]);
  });

  it('and so it is when the platform, not our count, says that it is over', async () => {
    const { clock, replier, sent } = setup({}, ([method]) => {
      if (method === STREAM) throw platformError(40034128);
    });
    const done = replier.replyStream(c2c, ['a', 'b'], { fallback: 'proactive' });
    await clock.advance(1_000);
    expect(await done).toMatchObject({ streamed: false, text: 'ab' });
    expect(sent.at(-1)?.[2]).toEqual({ msg_type: 0, content: 'ab' });
  });
});

it.each([{ intervalMs: 299 }, { intervalMs: Number.NaN }, { keepAliveMs: 100 }])(
  'refuses the option %o',
  async (options) => {
    const { replier } = setup();
    await expect(replier.replyStream(c2c, ['a'], options)).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
  },
);

describe('typing', () => {
  it('is shown to users and takes a reply', async () => {
    const { replier, sent } = setup();
    expect(await replier.typing(c2c, { seconds: 10 })).toBe(true);
    expect(sent).toEqual([['sendInputNotify', 'U', { input_type: 1, input_second: 10 }]]);
    expect(await replier.left(c2c)).toMatchObject({ replies: 3 });
    await replier.reply(c2c, 'x');
    expect(sent[1]?.[2]).toMatchObject({ msg_seq: 2 });
  });

  it('never takes the last reply', async () => {
    const { replier, sent } = setup();
    for (let count = 0; count < 5; count++) await replier.typing(c2c);
    expect(sent).toHaveLength(3);
    await replier.reply(c2c, 'x');
  });

  it('is nothing elsewhere', async () => {
    const { replier, sent } = setup();
    expect(await replier.typing(group)).toBe(false);
    expect(sent).toEqual([]);
  });

  it.each([0, 61, 1.5])('refuses %d seconds', async (seconds) => {
    await expect(setup().replier.typing(c2c, { seconds })).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
  });
});

describe('against the simulator', () => {
  let sim: Simulator;
  let bot: Bot;
  beforeEach(async () => {
    sim = await startSimulator({ clock: createClock() });
    bot = new Bot({ appId: '102000001', secret: 'demo-secret', baseUrl: sim.url, logger: silentLogger });
  });
  afterEach(async () => {
    await bot.stop();
    await sim.close();
  });

  async function* model(): AsyncGenerator<string> {
    for (const word of ['今天', '天气', ' 晴', '，12', '–21', '℃']) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      yield word;
    }
  }

  it('a C2C bot types, streams and answers once more', async () => {
    const result = new Promise<unknown>((resolve, reject) => {
      const handler = async (ctx: Context<'C2C_MESSAGE_CREATE'>) => {
        const typed = await ctx.typing();
        const streamed = await ctx.replyStream(model(), { intervalMs: 300, contentType: 'text' });
        await ctx.reply('done');
        return { typed, streamed, left: (await ctx.left()).replies };
      };
      bot.on('C2C_MESSAGE_CREATE', (ctx) => handler(ctx).then(resolve, reject));
    });
    await bot.start({ handleSignals: false });
    const target = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
    sim.control.say({ scene: 'c2c', target, content: '天气' });
    const text = '今天天气 晴，12–21℃';
    expect(await result).toMatchObject({ typed: true, streamed: { streamed: true, text }, left: 1 });
    expect(sim.control.outbox().map(({ content }) => content)).toEqual(['', text, 'done']);
  });

  it('the same bot in a group sends one message', async () => {
    const result = new Promise<unknown>((resolve, reject) => {
      bot.on('GROUP_AT_MESSAGE_CREATE', (ctx) => ctx.replyStream(model()).then(resolve, reject));
    });
    await bot.start({ handleSignals: false });
    sim.control.say({ scene: 'group', target: '5566778899AABBCCDDEEFF0011223344', content: '天气' });
    expect(await result).toMatchObject({ streamed: false, updates: 0 });
    expect(sim.control.outbox()).toHaveLength(1);
  });
});
