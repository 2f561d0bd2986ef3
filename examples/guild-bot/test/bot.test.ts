import { createClock, type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Program, runProgram } from '../../demo/test/run-program.js';

const BOT = new URL('../dist/bot.js', import.meta.url);
const GUILD = '1152921504606846976';
const CHANNEL = '7000101';
const PINE = '9007199254741001';
const WILLOW = '9007199254741002';

let sim: Simulator;
let program: Program;
let happened: { t: string; d: Record<string, unknown> }[];

beforeEach(async () => {
  sim = await startSimulator({ clock: createClock(), switches: { auditMs: 1 } });
  happened = [];
  sim.control.subscribe(
    (event) => event.type === 'event' && happened.push({ t: event.t, d: event.d as Record<string, unknown> }),
    ['event'],
  );
  const env = { BOT_APPID: '102000001', BOT_SECRET: 'demo-secret', BOT_API_URL: sim.url };
  program = runProgram(BOT, { env });
  await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
});
afterEach(async () => {
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0);
  await program[Symbol.asyncDispose]();
  await sim.close();
});

const say = (content: string, from = PINE, mention = true): string =>
  sim.control.say({ scene: 'channel', target: CHANNEL, from, content, mention }).messageId;
const answered = () => expect.poll(() => sim.control.outbox().at(-1)?.content);
const events = (t: string) => happened.filter((event) => event.t === t).map(({ d }) => d);

it('gives roles, and says that it has seen the message', async () => {
  const asked = say('/role gardener');
  await answered().toBe(`<qqbot-at-user id="${PINE}" /> is gardener now`);
  const guild = sim.control.world().guilds.find(({ id }) => id === GUILD);
  const role = guild?.roles.find(({ name }) => name === 'gardener');
  expect(guild?.members.find(({ userId }) => userId === PINE)?.roles).toContain(role?.id);
  expect(events('MESSAGE_REACTION_ADD')).toMatchObject([{ target: { id: asked }, emoji: { id: '124' } }]);
});

it('writes into the schedule', async () => {
  say('/meet 10 green tea');
  await answered().toMatch(/^schedule \d+: green tea in 10 minutes$/);
});

it('takes ideas to the forum', async () => {
  say('/idea Bench a bench under the willow');
  await answered().toBe('Bench goes to forum when its audit is through');
  await expect.poll(() => events('FORUM_THREAD_CREATE')).toHaveLength(1);
});

it('lets administrators silence somebody, and nobody else', async () => {
  say(`/quiet <@!${PINE}> 30`, PINE);
  await answered().toBe('only administrators may do that');
  say(`/quiet <@!${PINE}> 30`, WILLOW);
  await answered().toBe(`<qqbot-at-user id="${PINE}" /> is quiet for 30 s`);
  expect(() => say('hello')).toThrow('is muted');
});

it('takes back what is forbidden', async () => {
  const said = say('win the lottery', PINE, false);
  await expect.poll(() => events('MESSAGE_DELETE')).toMatchObject([{ message: { id: said } }]);
  await expect.poll(() => sayingFails()).toBe(true);
  expect(sim.control.outbox()).toEqual([]);
});

it('pins what somebody puts a pin on', async () => {
  const messageId = say('read this', WILLOW, false);
  sim.control.act({ act: 'react', messageId, from: PINE, emojiId: '269' });
  const pins = async () => {
    const headers = { authorization: 'Bot 102000001.demo-token' };
    const answer = await fetch(`${sim.url}/channels/${CHANNEL}/pins`, { headers });
    return ((await answer.json()) as { message_ids: string[] }).message_ids;
  };
  await expect.poll(pins).toEqual([messageId]);
});

function sayingFails(): boolean {
  try {
    say('hello', PINE, false);
    return false;
  } catch {
    return true;
  }
}
