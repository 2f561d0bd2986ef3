import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as redis from '@botgo/redis';
import { createClock, type Simulator, startSimulator } from '@botgo/simulator';
import * as botgo from 'botgo';
import * as message from 'botgo/message';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

const GROUP = '5566778899AABBCCDDEEFF0011223344';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const blocks = (name: string): string[] => {
  const text = readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8');
  return [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code);
};
const programs = blocks('sending.md');

let sim: Simulator;
let printed: string[];
let open: { stop?(): Promise<void>; close?(): Promise<void> }[];
beforeEach(async () => {
  sim = await startSimulator({ clock: createClock() });
  printed = [];
  open = [];
});
afterEach(async () => {
  for (const one of open) await (one.stop?.() ?? one.close?.());
  await sim.close();
  expect(problems.splice(0)).toEqual([]);
});

/** A bot of the simulator, whatever else the page gives it. */
class Bot extends botgo.Bot {
  constructor(options: botgo.BotOptions) {
    super({ ...options, baseUrl: sim.url, logger: SILENT });
    open.push(this);
  }
}
const problems: unknown[] = [];
const SILENT = {
  debug() {},
  info() {},
  warn() {},
  error: (...words: unknown[]) => void problems.push(words),
};

/** Runs the page's program that has `mark` in it, and gives what it declares. */
async function run(mark: string, ...declared: string[]): Promise<Record<string, unknown> & { bot: Bot }> {
  const found = programs.filter((program) => program.includes(mark));
  expect(found, mark).toHaveLength(1);
  const bot = new Bot({ appId: '102000001', secret: 'demo-secret' });
  const names: Record<string, unknown> = {
    ...botgo,
    ...message,
    ...redis,
    Bot,
    bot,
    appId: '102000001',
    secret: 'demo-secret',
    openid: USER,
    group: GROUP,
    picture: PNG,
    redisUrl: inject('redisUrl'),
    console: { log: (...words: unknown[]) => printed.push(words.join(' ')) },
  };
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...values: unknown[]) => Promise<Record<string, unknown>>;
  const program = new AsyncFunction(...Object.keys(names), `${found[0]}; return { ${declared.join(', ')} };`);
  const result = await program(...Object.values(names));
  return { ...result, bot };
}

async function answersTo(
  bot: botgo.Bot,
  said: { scene: 'c2c' | 'group' | 'channel'; target: string; content: string },
  count: number,
): Promise<readonly string[]> {
  if (bot.status().state === 'idle') await bot.start({ handleSignals: false });
  sim.control.say(said);
  const { scene } = said;
  await expect.poll(() => sim.control.outbox({ scene }).length, { timeout: 20_000 }).toBe(count);
  return sim.control.outbox({ scene }).map(({ content }) => content);
}

const inGroup = { scene: 'group', target: GROUP, content: 'why?' } as const;
const inC2C = { scene: 'c2c', target: USER, content: 'why?' } as const;

it('both languages have the same programs, and each is run here', () => {
  expect(blocks('sending.zh-CN.md')).toEqual(programs);
  expect(programs).toHaveLength(10);
});

describe('the programs of docs/sending', () => {
  it('what is left', async () => {
    const { bot } = await run('ctx.left()');
    expect(await answersTo(bot, inC2C, 1)).toEqual(['4 answers within 60 minutes']);
  });

  it('limits of one’s own', async () => {
    const { limits } = await run('sendLimits({', 'limits', 'other');
    expect((limits as message.SendLimits).replies.c2c.maxReplies).toBe(5);
  });

  it('fallbacks', async () => {
    const { bot } = await run('fallback:');
    const answers = await answersTo(bot, inGroup, 6);
    expect(answers).toEqual([1, 2, 3, 4, 5, 6].map((part) => `part ${part}`));
    expect(sim.control.outbox().filter(({ replyTo }) => replyTo === '')).toHaveLength(1);
  });

  it('a refusal', async () => {
    const { bot } = await run('ReplyRefusedError)');
    await answersTo(bot, inC2C, 4);
    await expect.poll(() => printed).toEqual(['replies-used-up ']);
  });

  it('a message of its own', async () => {
    await run('the rain has stopped');
    expect(sim.control.outbox()).toMatchObject([{ scene: 'c2c', content: 'the rain has stopped' }]);
  });

  it('an audit', async () => {
    sim.control.switches({ audit: 'all', auditMs: 1 });
    const { audited } = await run('audits: true', 'audited');
    await answersTo(audited as Bot, inGroup, 1);
    await expect.poll(() => printed).toEqual([sim.control.outbox()[0]?.messageId]);
  });

  it('a stream', async () => {
    const { bot } = await run('replyStream');
    expect(await answersTo(bot, inC2C, 2)).toEqual(['', 'You asked: why?']);
    expect(await answersTo(bot, inGroup, 1)).toEqual(['You asked: why?']);
  });

  it('a picture in every scene', async () => {
    const { bot } = await run('image(picture');
    const inChannel = { scene: 'channel', target: '7000101', content: 'cat?' } as const;
    for (const said of [inC2C, inGroup, inChannel]) expect(await answersTo(bot, said, 1)).toEqual(['a cat']);
  });

  it('an upload', async () => {
    await run('bot.upload(');
    expect(printed).toEqual([`0 of ${PNG.length}`, `${PNG.length} of ${PNG.length}`]);
    expect(sim.control.outbox()).toHaveLength(1);
  });

  it('a shared store', async () => {
    const { store, shared } = await run('redisReplyStore(', 'store', 'shared');
    open.push(store as { close(): Promise<void> });
    (shared as Bot).on('GROUP_AT_MESSAGE_CREATE', (ctx) => ctx.reply('shared'));
    expect(await answersTo(shared as Bot, inGroup, 1)).toEqual(['shared']);
  });
});
