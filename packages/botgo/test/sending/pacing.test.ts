import { describe, expect, it } from 'vitest';
import { manualClock } from '../../src/clock/index.js';
import { isBotgoError, OpenAPIError } from '../../src/errs/index.js';
import type { IncomingEvent } from '../../src/event/index.js';
import { type OutboxOptions, type Place, Replier, sendLimits } from '../../src/message/index.js';
import { isAlreadySent } from '../../src/openapi/index.js';
import { recordedSender } from '../support/recorded-sender.js';

const inChannel = (channel: string): IncomingEvent => ({
  t: 'AT_MESSAGE_CREATE',
  id: 'E',
  d: { id: `M-${channel}`, channel_id: channel, guild_id: 'G' },
});
const c2c = (message: string): IncomingEvent => ({
  t: 'C2C_MESSAGE_CREATE',
  id: 'E',
  d: { id: message, author: { user_openid: 'U' } },
});

function setup(options: Omit<OutboxOptions, 'clock'> = {}, answer?: Parameters<typeof recordedSender>[0]) {
  const clock = manualClock();
  const at: number[] = [];
  const { sender, sent } = recordedSender((call, count) => {
    at.push(clock.now());
    return answer?.(call, count);
  });
  return { clock, at, sent, replier: new Replier(sender, { random: () => 0.5, ...options, clock }) };
}

function tooFast(status = 429, platformCode = 22009): OpenAPIError {
  return new OpenAPIError('slow down', {
    status,
    platformCode,
    method: 'POST',
    path: '/v2/users/U/messages',
  });
}

/** The most sends in any window of that length. */
function busiest(at: readonly number[], windowMs: number): number {
  return Math.max(...at.map((start) => at.filter((time) => time >= start && time < start + windowMs).length));
}

describe('sends are spaced by the documented limits', () => {
  it('5 per second and channel, each channel by itself', async () => {
    const { clock, at, sent, replier } = setup();
    const all = Promise.all(
      Array.from({ length: 24 }, (_, number) => replier.reply(inChannel(number % 2 ? 'A' : 'B'), 'x')),
    );
    await clock.advance(0);
    expect(sent).toHaveLength(10);
    await clock.advance(10_000);
    await all;
    for (const channel of ['A', 'B'])
      expect(
        busiest(
          at.filter((_, index) => sent[index]?.[1] === channel),
          1_000,
        ),
      ).toBe(5);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, Place, boolean, number, number]>([
    ['a user: 20 proactive per minute', { scene: 'c2c', id: 'U' }, true, 20, 60_000],
    ['a group: 20 proactive per minute', { scene: 'group', id: 'GO' }, true, 20, 60_000],
  ])('%s', async (_name, place, verified, max, windowMs) => {
    const { clock, at, replier } = setup({ limits: sendLimits({ verified }), maxWaitMs: 600_000 });
    const all = Promise.all(Array.from({ length: max + 5 }, () => replier.send(place, 'x')));
    await clock.advance(2 * windowMs);
    await all;
    expect(busiest(at, windowMs)).toBe(max);
  });

  it.each<[string, 'c2c' | 'group', boolean, number, number]>([
    ['C2C, unverified: 5 per second', 'c2c', false, 5, 1_000],
    ['C2C, unverified: 30 per minute', 'c2c', false, 30, 60_000],
    ['C2C, verified: 10 per second', 'c2c', true, 10, 1_000],
    ['group, unverified: 30 per minute', 'group', false, 30, 60_000],
    ['group, verified: 60 per minute', 'group', true, 60, 60_000],
  ])('a bot’s proactive messages: %s', async (_name, scene, verified, max, windowMs) => {
    const { clock, at, replier } = setup({ limits: sendLimits({ verified }), maxWaitMs: 600_000 });
    const all = Promise.all(
      Array.from({ length: max + 3 }, (_, id) => replier.send({ scene, id: `${id}` }, 'x')),
    );
    await clock.advance(2 * windowMs + 60_000);
    await all;
    expect(busiest(at, windowMs)).toBe(max);
  });

  it('100 answers per second to users', async () => {
    const { clock, at, replier } = setup();
    const all = Promise.all(
      Array.from({ length: 250 }, (_, number) => replier.reply(c2c(`M${number}`), 'x')),
    );
    await clock.advance(5_000);
    await all;
    expect(busiest(at, 1_000)).toBe(100);
  });

  it('not for a platform without limits', async () => {
    const { clock, sent, replier } = setup({ pacing: false });
    await Promise.all(Array.from({ length: 100 }, () => replier.reply(inChannel('A'), 'x')));
    expect([sent.length, clock.now()]).toEqual([100, 0]);
  });

  it('no message waits longer than maxWaitMs', async () => {
    const { clock, sent, replier } = setup({ maxWaitMs: 1_500 });
    const all = Promise.allSettled(Array.from({ length: 20 }, () => replier.reply(inChannel('A'), 'x')));
    await clock.advance(5_000);
    const refused = (await all).filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(10);
    expect(refused[0]).toMatchObject({
      reason: { reason: 'rate-limited', retryAfterMs: expect.any(Number) },
    });
    expect(sent).toHaveLength(10);
  });

  it('none waits past its window', async () => {
    const { clock, sent, replier } = setup();
    const event = inChannel('A');
    await replier.reply(event, 'x');
    await clock.advance(299_500);
    const all = Promise.allSettled(Array.from({ length: 8 }, () => replier.reply(event, 'x')));
    await clock.advance(5_000);
    expect((await all).filter((result) => result.status === 'rejected')).toMatchObject([
      { reason: { reason: 'window-over' } },
      { reason: { reason: 'window-over' } },
      { reason: { reason: 'window-over' } },
    ]);
    expect(sent).toHaveLength(6);
  });

  it('an aborted wait gives its claim back', async () => {
    const limits = sendLimits({
      limits: [{ scene: 'c2c', kind: 'all', per: 'bot', max: 1, windowMs: 1_000 }],
    });
    const { clock, replier, sent } = setup({ limits });
    const abort = new AbortController();
    await replier.reply(c2c('M'), 'x');
    const waiting = replier.reply(c2c('M'), 'y', { signal: abort.signal });
    await clock.advance(10);
    abort.abort();
    await expect(waiting).rejects.toSatisfy((error) => isBotgoError(error, 'BOTGO_ABORTED'));
    expect(await replier.left(c2c('M'))).toMatchObject({ replies: 3 });
    expect(sent).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe('after a 429', () => {
  it('the same message is sent again after a pause that grows', async () => {
    const { clock, at, sent, replier } = setup({}, (_call, count) => {
      if (count <= 3) throw tooFast();
    });
    const reply = replier.reply(c2c('M'), 'x');
    await clock.advance(60_000);
    expect(await reply).toMatchObject({ id: 'sent-4' });
    expect(at).toEqual([0, 1_000, 3_000, 7_000]);
    expect(new Set(sent.map((call) => JSON.stringify(call))).size).toBe(1);
    expect(sent[0]?.[2]).toMatchObject({ msg_id: 'M', msg_seq: 1 });
  });

  it('the pause is random between a half and one and a half', async () => {
    for (const [random, ms] of [
      [0, 500],
      [0.999, 1_499],
    ] as const) {
      const { clock, at, replier } = setup({ random: () => random }, (_call, count) => {
        if (count === 1) throw tooFast();
      });
      const reply = replier.reply(c2c('M'), 'x');
      await clock.advance(2_000);
      await reply;
      expect(at).toEqual([0, ms]);
    }
  });

  it('others of the same channel wait as well', async () => {
    const { clock, at, sent, replier } = setup({}, (_call, count) => {
      if (count === 1) throw tooFast(429, 20028);
    });
    const first = replier.reply(inChannel('A'), '1');
    await clock.advance(1);
    const later = [replier.reply(inChannel('A'), '2'), replier.reply(inChannel('B'), '3')];
    await clock.advance(5_000);
    await Promise.all([first, ...later]);
    expect(sent.map(([, , { content }]) => content)).toEqual(['1', '3', '1', '2']);
    expect(at).toEqual([0, 1, 1_000, 1_000]);
  });

  it('it ends with the platform’s error, and nothing counted', async () => {
    const { clock, sent, replier } = setup({}, () => {
      throw tooFast();
    });
    const reply = replier.reply(c2c('M'), 'x').catch((error) => error);
    await clock.advance(60_000);
    expect(await reply).toMatchObject({ status: 429 });
    expect(sent).toHaveLength(4);
    expect(await replier.left(c2c('M'))).toMatchObject({ replies: 4 });
  });

  it('a duplicate then means that an earlier try came through', async () => {
    const { clock, replier } = setup({}, (_call, count) => {
      throw count === 1 ? tooFast() : tooFast(400, 40054005);
    });
    const reply = replier.reply(c2c('M'), 'x');
    await clock.advance(5_000);
    expect(await reply).toSatisfy(isAlreadySent);
    expect(await replier.left(c2c('M'))).toMatchObject({ replies: 3 });
  });
});
