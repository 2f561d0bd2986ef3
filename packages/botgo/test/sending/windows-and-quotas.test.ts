import { describe, expect, it } from 'vitest';
import { manualClock } from '../../src/clock/index.js';
import { OpenAPIError, type ReplyRefusal, ReplyRefusedError } from '../../src/errs/index.js';
import type { IncomingEvent } from '../../src/event/index.js';
import { type OutboxOptions, type Place, Replier, sendLimits } from '../../src/message/index.js';
import { recordedSender } from '../support/recorded-sender.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const channel: IncomingEvent = {
  t: 'AT_MESSAGE_CREATE',
  id: 'E',
  d: { id: 'M', channel_id: 'C', guild_id: 'G' },
};
const dm: IncomingEvent = { t: 'DIRECT_MESSAGE_CREATE', id: 'E', d: { id: 'M', guild_id: 'D' } };
const group: IncomingEvent = { t: 'GROUP_AT_MESSAGE_CREATE', id: 'E', d: { id: 'M', group_openid: 'GO' } };
const c2c: IncomingEvent = { t: 'C2C_MESSAGE_CREATE', id: 'E', d: { id: 'M', author: { user_openid: 'U' } } };
const friend: IncomingEvent = { t: 'FRIEND_ADD', id: 'F', d: { openid: 'U' } };

function setup(options: Omit<OutboxOptions, 'clock'> = {}, answer?: Parameters<typeof recordedSender>[0]) {
  const clock = manualClock();
  const { sender, sent } = recordedSender(answer);
  const replier = new Replier(sender, { random: () => 0.5, pacing: false, ...options, clock });
  return { clock, replier, sent };
}

const refused = (reason: ReplyRefusal) => (error: unknown) =>
  error instanceof ReplyRefusedError && error.code === 'BOTGO_REPLY_REFUSED' && error.reason === reason;

function platformError(platformCode: number, status = 400): OpenAPIError {
  return new OpenAPIError('refused', { status, platformCode, method: 'POST', path: '/v2/users/U/messages' });
}

describe('the passive window of each scene (messages.md 4)', () => {
  it.each<[string, IncomingEvent, number]>([
    ['C2C', c2c, 60],
    ['group', group, 5],
    ['channel', channel, 5],
    ['DM', dm, 5],
    ['an event', friend, 60],
  ])('%s', async (_name, event, minutes) => {
    const { clock, replier, sent } = setup();
    await replier.reply(event, 'in time');
    await clock.advance(minutes * MINUTE_MS - 1);
    expect(await replier.left(event)).toMatchObject({ timeMs: 1 });
    await replier.reply(event, 'just in time');
    await clock.advance(1);
    await expect(replier.reply(event, 'late')).rejects.toSatisfy(refused('window-over'));
    expect(await replier.left(event)).toEqual({ replies: 0, timeMs: 0 });
    expect(sent).toHaveLength(2);
  });

  it('counts from when the event came, not from the first answer', async () => {
    const { clock, replier } = setup();
    const receivedAtMs = clock.now();
    await clock.advance(5 * MINUTE_MS);
    await expect(replier.reply(group, 'late', { receivedAtMs })).rejects.toSatisfy(refused('window-over'));
  });

  it('counts from when a replayed event was sent', async () => {
    const { clock, replier, sent } = setup();
    const said = (id: string, sentAgoMs: number): IncomingEvent => ({
      t: 'GROUP_AT_MESSAGE_CREATE',
      id,
      // The platform's clock is an hour ahead of ours.
      d: {
        id,
        group_openid: 'GO',
        timestamp: new Date(clock.wallNow() + 60 * MINUTE_MS - sentAgoMs).toISOString(),
      },
    });
    await replier.reply(said('fresh', 20), 'a');
    await expect(replier.reply(said('replayed', 6 * MINUTE_MS), 'b')).rejects.toSatisfy(
      refused('window-over'),
    );
    await replier.reply(said('younger', 4 * MINUTE_MS), 'c');
    expect(sent.map(([, , { msg_id }]) => msg_id)).toEqual(['fresh', 'younger']);
  });
});

describe('the passive count of each scene (messages.md 4)', () => {
  it.each<[string, IncomingEvent, number]>([
    ['C2C', c2c, 4],
    ['group', group, 5],
    ['an event', friend, 4],
  ])('%s', async (_name, event, count) => {
    const { replier, sent } = setup();
    for (let number = 1; number <= count; number++) {
      expect(await replier.left(event)).toMatchObject({ replies: count - number + 1 });
      await replier.reply(event, String(number));
    }
    await expect(replier.reply(event, 'one more')).rejects.toSatisfy(refused('replies-used-up'));
    expect(sent.map(([, , { msg_seq }]) => msg_seq)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  });

  it('is 5 for C2C by the documents of 2025', async () => {
    const { replier, sent } = setup({ limits: sendLimits({ replies: { c2c: { maxReplies: 5 } } }) });
    const replies = Array.from({ length: 9 }, () => replier.reply(c2c, 'x'));
    await Promise.allSettled(replies);
    expect(sent).toHaveLength(5);
  });

  it.each<[string, IncomingEvent]>([
    ['a channel', channel],
    ['a DM', dm],
  ])('is not limited in %s, which has no msg_seq', async (_name, event) => {
    const { replier, sent } = setup();
    for (let number = 0; number < 50; number++) await replier.reply(event, 'x');
    expect(sent).toHaveLength(50);
    expect(sent.every(([, , body]) => !('msg_seq' in body))).toBe(true);
    expect(await replier.left(event)).toMatchObject({ replies: Number.POSITIVE_INFINITY });
  });

  it('is kept by two hundred concurrent replies to one message', async () => {
    const { replier, sent } = setup();
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, number) => replier.reply(group, String(number))),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(sent.map(([, , { msg_seq }]) => msg_seq)).toEqual([1, 2, 3, 4, 5]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(errors.every(refused('replies-used-up'))).toBe(true);
  });

  it('is given back by a request that the platform refused, its number is not', async () => {
    const { replier, sent } = setup({}, (_call, count) => {
      if (count <= 3) throw platformError(40034006);
    });
    for (let number = 0; number < 3; number++)
      await expect(replier.reply(c2c, 'bad words')).rejects.toMatchObject({ platformCode: 40034006 });
    for (let number = 0; number < 4; number++) await replier.reply(c2c, 'fine');
    await expect(replier.reply(c2c, 'x')).rejects.toSatisfy(refused('replies-used-up'));
    expect(sent.map(([, , { msg_seq }]) => msg_seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('is not given back by a request that may have come through', async () => {
    const { replier, sent } = setup({}, () => {
      throw platformError(50055002, 500);
    });
    for (let number = 0; number < 4; number++) await expect(replier.reply(c2c, 'x')).rejects.toThrow();
    await expect(replier.reply(c2c, 'x')).rejects.toSatisfy(refused('replies-used-up'));
    expect(sent).toHaveLength(4);
  });

  it('is closed when the platform says that nothing is left', async () => {
    const { replier, sent } = setup({}, () => {
      throw platformError(40034128);
    });
    await expect(replier.reply(c2c, 'x')).rejects.toMatchObject({ platformCode: 40034128 });
    await expect(replier.reply(c2c, 'x')).rejects.toSatisfy(refused('replies-used-up'));
    expect(await replier.left(c2c)).toMatchObject({ replies: 0 });
    expect(sent).toHaveLength(1);
  });
});

describe('proactive quotas (messages.md 4, openapi.md 1.6)', () => {
  const user: Place = { scene: 'c2c', id: 'U' };
  const tea: Place = { scene: 'group', id: 'GO' };
  const inGuild = (id: string): Place => ({ scene: 'channel', id, guildId: 'G' });
  const toUser = (id: string): Place => ({ scene: 'dm', id });

  async function sendUntilRefused(replier: Replier, place: Place, reason: ReplyRefusal): Promise<number> {
    for (let count = 0; ; count++) {
      try {
        await replier.send(place, 'news');
      } catch (error) {
        expect(error).toSatisfy(refused(reason));
        return count;
      }
    }
  }

  it.each<[string, Place, number, number]>([
    ['C2C: 1000 per user per day', user, 1_000, DAY_MS],
    ['group: 1000 per group per day', tea, 1_000, DAY_MS],
    ['channel: 20 per channel per day', inGuild('C'), 20, DAY_MS],
    ['DM: 2 per user per day', toUser('D'), 2, DAY_MS],
  ])('%s', async (_name, place, max, windowMs) => {
    const { clock, replier, sent } = setup();
    expect(await sendUntilRefused(replier, place, 'quota-used-up')).toBe(max);
    await clock.advance(windowMs - 1);
    await expect(replier.send(place, 'news')).rejects.toMatchObject({ retryAfterMs: 1 });
    await clock.advance(1);
    await replier.send(place, 'news');
    expect(sent).toHaveLength(max + 1);
    expect(
      sent.every(([, , body]) => !('msg_id' in body) && !('event_id' in body) && !('msg_seq' in body)),
    ).toBe(true);
  });

  it.each<[string, Place]>([
    ['C2C: 4 per user per month by the documents of 2025', user],
    ['group: 4 per group per month by the documents of 2025', tea],
  ])('%s', async (_name, place) => {
    const { clock, replier } = setup({ limits: sendLimits({ proactive: 'monthly' }) });
    expect(await sendUntilRefused(replier, place, 'quota-used-up')).toBe(4);
    await clock.advance(30 * DAY_MS);
    expect(await sendUntilRefused(replier, place, 'quota-used-up')).toBe(4);
  });

  it.each<[string, Place]>([
    ['C2C: off since 2025-04-21', user],
    ['group: off since 2025-04-21', tea],
  ])('%s', async (_name, place) => {
    const { replier, sent } = setup({ limits: sendLimits({ proactive: 'off' }) });
    expect(await sendUntilRefused(replier, place, 'proactive-not-allowed')).toBe(0);
    expect(sent).toEqual([]);
  });

  it('channel: 2 channels per guild per day, however often', async () => {
    const { clock, replier, sent } = setup();
    await replier.send(inGuild('C1'), 'x');
    await replier.send(inGuild('C2'), 'x');
    await replier.send(inGuild('C1'), 'x');
    await expect(replier.send(inGuild('C3'), 'x')).rejects.toSatisfy(refused('quota-used-up'));
    await replier.send({ scene: 'channel', id: 'C9', guildId: 'another' }, 'x');
    await clock.advance(DAY_MS);
    await replier.send(inGuild('C3'), 'x');
    expect(sent.map(([, target]) => target)).toEqual(['C1', 'C2', 'C1', 'C9', 'C3']);
  });

  it('channel: as the guild’s owner set it', async () => {
    const changed = sendLimits({
      limits: [
        { scene: 'channel', kind: 'proactive', per: 'place', max: 3, windowMs: DAY_MS },
        {
          scene: 'channel',
          kind: 'proactive',
          per: 'guild-channels',
          max: Number.POSITIVE_INFINITY,
          windowMs: DAY_MS,
        },
      ],
    });
    const { replier } = setup({ limits: changed });
    for (const id of ['C1', 'C2', 'C3'])
      expect(await sendUntilRefused(replier, inGuild(id), 'quota-used-up')).toBe(3);
  });

  it('DM: 200 per bot per day', async () => {
    const { replier, sent } = setup();
    for (let user = 0; user < 200; user++) await replier.send(toUser(`D${user}`), 'x');
    await expect(replier.send(toUser('D200'), 'x')).rejects.toSatisfy(refused('quota-used-up'));
    expect(sent).toHaveLength(200);
  });

  it('C2C wake-up: one in each of four periods after the user’s last message', async () => {
    const { clock, replier, sent } = setup();
    const wakeUpSince = clock.wallNow();
    const wake = () => replier.send(user, 'still there?', { wakeUpSince });
    const daysUntilNextPeriod = [1, 2, 4, 23];
    for (const days of daysUntilNextPeriod) {
      await wake();
      await expect(wake()).rejects.toSatisfy(refused('quota-used-up'));
      await clock.advance(days * DAY_MS);
    }
    await expect(wake()).rejects.toSatisfy(refused('proactive-not-allowed'));
    expect(sent).toHaveLength(4);
    expect(sent[0]?.[2]).toMatchObject({ is_wakeup: true });
    await expect(replier.send(tea, 'x', { wakeUpSince })).rejects.toSatisfy(refused('unsupported'));
  });

  it('is spared by a message that the scene does not take', async () => {
    const { replier, sent } = setup({ limits: sendLimits({ proactive: 'monthly' }) });
    for (let number = 0; number < 9; number++)
      await expect(replier.send(user, '')).rejects.toSatisfy(refused('empty'));
    await replier.send(user, 'x');
    expect(sent).toHaveLength(1);
  });
});

describe('fallbacks', () => {
  const click: IncomingEvent = {
    t: 'INTERACTION_CREATE',
    id: 'click',
    d: { id: 'I', group_openid: 'GO', scene: 'group' },
  };

  async function usedUp(options?: Parameters<typeof setup>[0]) {
    const world = setup(options);
    for (let number = 0; number < 5; number++) await world.replier.reply(group, 'x');
    world.sent.length = 0;
    return world;
  }

  it('is none unless chosen', async () => {
    const { replier, sent } = await usedUp();
    replier.note(click);
    await expect(replier.reply(group, 'x')).rejects.toSatisfy(refused('replies-used-up'));
    expect(sent).toEqual([]);
  });

  it('answers the newest event of the same place', async () => {
    const { clock, replier, sent } = await usedUp();
    replier.note({ ...click, id: 'elsewhere', d: { group_openid: 'other' } });
    replier.note(click);
    await replier.reply(group, 'x', { fallback: 'event' });
    expect(sent.map(([, , body]) => body)).toMatchObject([{ event_id: 'click', msg_seq: 1 }]);
    await clock.advance(5 * MINUTE_MS);
    await expect(replier.reply(group, 'x', { fallback: 'event' })).rejects.toSatisfy(refused('window-over'));
  });

  it('sends a proactive message', async () => {
    const { replier, sent } = await usedUp();
    await replier.reply(group, 'x', { fallback: ['event', 'proactive'] });
    expect(sent).toEqual([['postGroupMessage', 'GO', { msg_type: 0, content: 'x' }]]);
  });

  it('says why when the fallback is refused too', async () => {
    const { replier } = await usedUp({ limits: sendLimits({ proactive: 'off' }) });
    await expect(replier.reply(group, 'x', { fallback: 'proactive' })).rejects.toSatisfy(
      refused('proactive-not-allowed'),
    );
  });

  it('is taken when the platform says that the message is over', async () => {
    const { replier, sent } = setup({}, ([, , body]) => {
      if ('msg_id' in body) throw platformError(40034005);
    });
    await replier.reply(c2c, 'x', { fallback: 'proactive' });
    expect(sent.map(([, , { msg_id }]) => msg_id)).toEqual(['M', undefined]);
  });

  it('is not taken for other failures', async () => {
    const { replier, sent } = setup({}, () => {
      throw platformError(40034006);
    });
    await expect(replier.reply(c2c, 'x', { fallback: 'proactive' })).rejects.toThrow();
    expect(sent).toHaveLength(1);
  });
});

describe('a number that the platform knows already', () => {
  it('is an error, after which the next is used', async () => {
    const { replier, sent } = setup({}, (_call, count) => {
      if (count === 1) throw platformError(40054005);
    });
    await expect(replier.reply(c2c, 'x')).rejects.toMatchObject({ platformCode: 40054005 });
    await replier.reply(c2c, 'x');
    expect(sent.map(([, , { msg_seq }]) => msg_seq)).toEqual([1, 2]);
  });

  it('is passed over by choice', async () => {
    const { replier, sent } = setup({}, (_call, count) => {
      if (count <= 2) throw platformError(40054005);
    });
    await replier.reply(c2c, 'x', { renumber: true });
    expect(sent.map(([, , { msg_seq }]) => msg_seq)).toEqual([1, 2, 3]);
    expect(await replier.left(c2c)).toMatchObject({ replies: 1 });
  });
});
