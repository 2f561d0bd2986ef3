import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createClock, type Sent, type SimEvent, type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Program, runProgram } from '../../demo/test/run-program.js';

const APP_ID = '102000001';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const PICTURE = readFileSync(new URL('../picture.png', import.meta.url));

let sim: Simulator;
let program: Program;
let calls: Extract<SimEvent, { type: 'call' }>[];

beforeEach(async () => {
  sim = await startSimulator({ clock: createClock() });
  calls = [];
  sim.control.subscribe((event) => event.type === 'call' && calls.push(event), ['call']);
});
afterEach(async () => {
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0);
  await program[Symbol.asyncDispose]();
  await sim.close();
});

/** Each way in which events reach the same bot. */
const WAYS = {
  'the gateway': async () => {
    program = run('gateway.js');
    await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
  },
  'a callback on node:http': () => callback('node-webhook.js'),
  'a callback on a Fetch server': () => callback('fetch-webhook.js'),
} as const;

describe.each(Object.entries(WAYS))('over %s', (_name, start) => {
  it('sends a picture, streams what a model writes, and hears of an audit that ends late', async () => {
    await start();
    const sent = await answerTo('/picture');
    expect(sent.content).toBe('here it is');
    expect(sent.body).toMatchObject({ msg_type: 7 });
    expect(await mediaOf(sent)).toEqual(PICTURE);

    const streamed = await answerTo('why?');
    expect(streamed.content).toBe('You asked “why?”. I only pretend to think, but I do it **slowly**.');
    // It grew before the reader's eyes: more than its beginning and its end were sent.
    expect(calls.filter(({ path }) => path.endsWith('/stream_messages')).length).toBeGreaterThan(2);

    sim.control.switches({ audit: 'all', auditMs: 60_000 });
    sim.control.say({ scene: 'c2c', target: USER, content: '/announce tea at five' });
    await expect.poll(() => calls.some(({ status }) => status === 202)).toBe(true);
    expect(sim.control.outbox().at(-1)).toEqual(streamed);
    expect(program.stdout).not.toContain('audit');
    sim.control.clock({ advanceMs: 60_000 });
    await expect.poll(() => sim.control.outbox().at(-1)?.content).toBe('Announcement: tea at five');
    const { messageId } = sim.control.outbox().at(-1) ?? {};
    await expect.poll(() => program.stdout).toContain(`has passed its audit: ${messageId}`);
  });
});

function run(file: string, env: Record<string, string> = {}): Program {
  return runProgram(new URL(`../dist/${file}`, import.meta.url), {
    env: { BOT_APPID: APP_ID, BOT_SECRET: 'demo-secret', BOT_API_URL: sim.url, ...env },
  });
}

async function callback(file: string): Promise<void> {
  const port = await freePort();
  program = run(file, { PORT: String(port) });
  const url = `http://127.0.0.1:${port}/qq`;
  await expect
    .poll(() => sim.control.webhook({ appId: APP_ID, url }), { message: program.stderr })
    .toEqual({ verified: true, problem: '' });
}

/** What the bot answered, when it is complete. */
async function answerTo(content: string): Promise<Sent> {
  const { messageId } = sim.control.say({ scene: 'c2c', target: USER, content });
  const answers = () => sim.control.outbox().filter(({ replyTo }) => replyTo === messageId);
  const answer = () => answers().find(({ body }) => body.msg_type !== 6);
  await expect.poll(answer, { message: `an answer to ${content}\n${program.stderr}` }).toBeDefined();
  const found = answer();
  if (found === undefined) throw new Error('unreachable: it was there');
  return found;
}

/** The bytes that the reader of a message gets to see. */
async function mediaOf({ body }: Sent): Promise<Buffer> {
  const { media } = body as { media?: { file_info?: string } };
  const info = Buffer.from(media?.file_info ?? '', 'base64').toString();
  return Buffer.from(await (await fetch(`${sim.url}/_media/${info.split(':')[1]}`)).arrayBuffer());
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
