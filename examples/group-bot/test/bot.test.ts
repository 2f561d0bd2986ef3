import { type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Program, runProgram } from '../../demo/test/run-program.js';

const BOT = new URL('../dist/bot.js', import.meta.url);
const GROUP = '5566778899AABBCCDDEEFF0011223344';
const PINE = 'F9E8D7C6B5A493827160F5E4D3C2B1A0';
const WILLOW = 'E8D7C6B5A493827160F5E4D3C2B1A0F9';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';

let sim: Simulator;
let program: Program;

beforeEach(async () => {
  sim = await startSimulator();
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

const last = () => expect.poll(() => sim.control.outbox().at(-1)?.content);

/** Clicks as a member, and gives what the bot answered the click with. */
async function click(from: string, data: string): Promise<number | undefined> {
  const { interactionId = '' } = sim.control.act({
    act: 'click',
    scene: 'group',
    target: GROUP,
    from,
    buttonId: data,
    data,
  });
  await expect.poll(() => sim.control.interaction({ id: interactionId }).code).toBeTypeOf('number');
  return sim.control.interaction({ id: interactionId }).code;
}

it('shows a vote with buttons, counts each member once, and answers every click', async () => {
  sim.control.say({ scene: 'group', target: GROUP, content: '/tea' });
  await last().toBe('# Tea?\n- green: **0**\n- black: **0**\n- none: **0**');
  const [shown] = sim.control.outbox();
  expect(shown?.body).toMatchObject({
    msg_type: 2,
    keyboard: {
      content: {
        rows: [
          { buttons: [{ id: 'green', action: { type: 1, data: 'green' } }, { id: 'black' }, { id: 'none' }] },
        ],
      },
    },
  });
  expect(await click(PINE, 'green')).toBe(0);
  await last().toBe('# Tea?\n- green: **1**\n- black: **0**\n- none: **0**');
  expect(await click(WILLOW, 'green')).toBe(0);
  await last().toBe('# Tea?\n- green: **2**\n- black: **0**\n- none: **0**');
  expect(await click(PINE, 'green')).toBe(3);
  expect(await click(PINE, 'black')).toBe(0);
  await last().toBe('# Tea?\n- green: **1**\n- black: **1**\n- none: **0**');
  expect(await click(PINE, 'coffee')).toBe(1);
  expect(sim.control.outbox()).toHaveLength(4);
});

it('works in a chat too', async () => {
  sim.control.say({ scene: 'c2c', target: USER, content: '/tea' });
  await last().toBe('# Tea?\n- green: **0**\n- black: **0**\n- none: **0**');
  sim.control.act({ act: 'click', scene: 'c2c', target: USER, data: 'none' });
  await last().toBe('# Tea?\n- green: **0**\n- black: **0**\n- none: **1**');
});

it('greets a group and its new members, and forgets who left', async () => {
  sim.control.act({ act: 'add-bot', groupOpenid: GROUP });
  await last().toContain('Hello all');
  expect(sim.control.outbox().at(-1)?.body).toMatchObject({
    keyboard: { content: { rows: [{ buttons: [{ action: { type: 2, data: '/tea' } }] }] } },
  });
  const newcomer = { groupOpenid: GROUP, memberOpenid: 'D7C6B5A493827160F5E4D3C2B1A0F9E8' };
  sim.control.act({ act: 'join-group', ...newcomer });
  await last().toBe(`<qqbot-at-user id="${newcomer.memberOpenid}" />, welcome`);
  expect(await click(newcomer.memberOpenid, 'black')).toBe(0);
  await last().toContain('- black: **1**');
  sim.control.act({ act: 'leave-group', ...newcomer });
  expect(await click(PINE, 'green')).toBe(0);
  await last().toBe('# Tea?\n- green: **1**\n- black: **0**\n- none: **0**');
});
