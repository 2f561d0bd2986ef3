import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClock, startSimulator } from '@botgo/simulator';
import { Bot, silentLogger } from 'botgo';
import { eventTypes } from 'botgo/dto';
import { expect, it } from 'vitest';
import { APP_ID, START_MS, USER } from './tour.js';

interface Frame {
  readonly t: string;
  readonly id: string;
  readonly d: unknown;
}

const read = (path: string) => readFileSync(new URL(`../../facts/${path}`, import.meta.url), 'utf8');
const rows = JSON.parse(read('coverage/events.json')) as { t: string; transports: string }[];
const overCallback = new Set(rows.filter(({ transports }) => transports.includes('wh')).map(({ t }) => t));
const frames = read('events.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Frame)
  .filter(({ t }) => overCallback.has(t));

it('every event comes by callback as it comes by the gateway, and is answered by the same handlers', async () => {
  await using sim = await startSimulator({ clock: createClock({ frozen: true, wallMs: START_MS }) });
  const options = { appId: APP_ID, secret: 'demo-secret', baseUrl: sim.url, dropDoubledMessages: false };
  await using bot = new Bot({ ...options, logger: silentLogger });
  const heard: Frame[] = [];
  for (const type of eventTypes) {
    bot.on(type, async (ctx) => {
      heard.push({ t: ctx.event.t, id: ctx.event.id ?? '', d: ctx.data });
      if (ctx.text === 'ping') await ctx.reply('pong');
    });
  }
  const server = createServer(bot.webhook().node);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
    expect(await sim.control.webhook({ appId: APP_ID, url })).toEqual({ verified: true, problem: '' });
    expect(frames).toHaveLength(57);
    for (const { t, id, d } of frames) sim.control.emit({ t, id, d });
    await expect.poll(() => heard.length).toBe(57);
    const byType = new Map(heard.map((event) => [event.t, event]));
    for (const { t, id, d } of frames) expect(byType.get(t), t).toEqual({ t, id, d });
    sim.control.say({ scene: 'c2c', target: USER, content: 'ping' });
    await expect.poll(() => sim.control.outbox().at(-1)?.content).toBe('pong');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
