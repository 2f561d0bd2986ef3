import { createClock, type Sent, type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bot, type BotOptions, type Context } from '../../src/bot/index.js';
import { isBotgoError, ReplyRefusedError } from '../../src/errs/index.js';
import { silentLogger } from '../../src/log/index.js';
import { sendLimits } from '../../src/message/index.js';
import { isPendingAudit } from '../../src/openapi/index.js';

const GROUP = '5566778899AABBCCDDEEFF0011223344';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';

let sim: Simulator;
let bot: Bot;
beforeEach(async () => {
  sim = await startSimulator({ clock: createClock() });
});
afterEach(async () => {
  await bot.stop();
  await sim.close();
});

function makeBot(options: Partial<BotOptions> = {}): Bot {
  bot = new Bot({
    appId: '102000001',
    secret: 'demo-secret',
    baseUrl: sim.url,
    logger: silentLogger,
    ...options,
  });
  return bot;
}

/** Starts the bot, has a user say something, and returns what the handler returned or threw. */
async function answered<Result>(
  place: { scene: 'group' | 'c2c' | 'channel'; target: string },
  handler: (
    ctx: Context<'GROUP_AT_MESSAGE_CREATE' | 'C2C_MESSAGE_CREATE' | 'AT_MESSAGE_CREATE'>,
  ) => Promise<Result>,
): Promise<Result> {
  const result = new Promise<Result>((resolve, reject) => {
    bot.on(['GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE', 'AT_MESSAGE_CREATE'], (ctx) =>
      handler(ctx).then(resolve, reject),
    );
  });
  await bot.start({ handleSignals: false });
  sim.control.say({ ...place, content: 'hi' });
  return result;
}

describe('a bot sends by the rules', () => {
  it.each([
    { scene: 'group', target: GROUP, max: 5 },
    { scene: 'c2c', target: USER, max: 4 },
  ] as const)(
    'as many answers as the platform takes, and no request above that ($scene)',
    async ({ max, ...place }) => {
      makeBot();
      let calls = 0;
      const stop = sim.control.subscribe(() => calls++, ['call']);
      const before = () => calls;
      const outcome = await answered(place, async (ctx) => {
        const start = before();
        const results = await Promise.allSettled(Array.from({ length: 20 }, () => ctx.reply('x')));
        return { results, left: await ctx.left(), requests: before() - start };
      });
      stop();
      expect(outcome.results.filter(({ status }) => status === 'fulfilled')).toHaveLength(max);
      for (const result of outcome.results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'replies-used-up' });
      expect(outcome.requests).toBe(max);
      expect(outcome.left.replies).toBe(0);
      expect(sim.control.outbox().map(({ body }) => body.msg_seq)).toEqual(
        Array.from({ length: max }, (_, index) => index + 1),
      );
    },
  );

  it('the simulator refuses what a bot with wider limits sends', async () => {
    makeBot({ sending: { limits: sendLimits({ replies: { group: { maxReplies: 6 } } }) } });
    const errors = await answered({ scene: 'group', target: GROUP }, async (ctx) => {
      const results = [];
      for (let number = 0; number < 7; number++)
        results.push(await ctx.reply('x').catch((error: unknown) => error));
      return results.slice(5);
    });
    expect(errors[0]).toSatisfy((error) => isBotgoError(error, 'BOTGO_OPENAPI'));
    // From the platform's answer on it is known.
    expect(errors[1]).toMatchObject({ reason: 'replies-used-up' });
  });

  it('proactive messages within their quota', async () => {
    makeBot();
    bot.on('FRIEND_ADD', () => {});
    await bot.start({ handleSignals: false });
    const news = { scene: 'channel', id: '7000101', guildId: '1152921504606846976' } as const;
    await bot.send(news, 'news');
    await bot.send({ ...news, id: '7000102' }, 'news');
    const refused = await bot.send({ ...news, id: '7000201' }, 'news').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ReplyRefusedError);
    expect(refused).toMatchObject({ reason: 'quota-used-up', scene: 'channel' });
    expect(sim.control.outbox().map(({ target, replyTo }: Sent) => [target, replyTo])).toEqual([
      ['7000101', ''],
      ['7000102', ''],
    ]);
  });

  it('paced: not all at once, as the platform would refuse most of them', async () => {
    makeBot();
    const codes: number[] = [];
    const stop = sim.control.subscribe(
      (event) => {
        if (event.type === 'call') codes.push(event.status);
      },
      ['call'],
    );
    const place = { scene: 'channel', target: '7000101' } as const;
    await answered(place, (ctx) => Promise.all(Array.from({ length: 12 }, () => ctx.reply('x'))));
    stop();
    // 5 a second: of 12 at once 7 are refused. On a busy machine requests arrive closer than they left; pacing.test.ts has the exact times.
    expect(codes.filter((code) => code === 429).length).toBeLessThan(7);
    expect(sim.control.outbox({ scene: 'channel' })).toHaveLength(12);
  });
});

describe('a message that waits for its audit', () => {
  it.each(['pass', 'reject'] as const)('ends with a %s', async (auditResult) => {
    sim.control.switches({ audit: 'all', auditMs: 20, auditResult });
    makeBot({ audits: true });
    const { pending, settled } = await answered({ scene: 'channel', target: '7000101' }, async (ctx) => {
      const sent = await ctx.reply('x');
      if (!isPendingAudit(sent)) throw new Error('not pending');
      return { pending: sent, settled: await sent.settled().catch((error: unknown) => error) };
    });
    expect(pending.platformCode).toBe(304024);
    if (auditResult === 'reject') expect(settled).toMatchObject({ reason: 'audit-rejected' });
    else expect(settled).toMatchObject({ message_id: sim.control.outbox()[0]?.messageId });
  });

  it('cannot be waited for by a bot that did not ask for the events', async () => {
    sim.control.switches({ audit: 'all', auditMs: 20 });
    makeBot();
    const settled = await answered({ scene: 'c2c', target: USER }, async (ctx) => {
      const sent = await ctx.reply('x');
      if (!isPendingAudit(sent)) throw new Error('not pending');
      return sent.settled().catch((error: unknown) => error);
    });
    expect(settled).toSatisfy((error) => isBotgoError(error, 'BOTGO_CONFIG'));
  });
});
