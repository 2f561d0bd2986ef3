import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { GroupMessageToCreate } from 'botgo/dto';
import type { IncomingEvent } from 'botgo/event';
import { Replier } from 'botgo/message';
import { createOpenAPI } from 'botgo/openapi';
import { newQQBotTokenSource } from 'botgo/token';
import { Agent, request } from 'undici';
import { type BenchCase, cpuPerOperation, type RunningCase } from './bench-case.js';
import { messageOf } from './child.js';

const GROUP = '9A8F3C2B1D0E4F5A6B7C8D9E0F1A2B3C';
const TOKEN = 'yB7Yd0eYlWbC3n2kqV1x9z8w7v6u5t4s3r2q1p0oNmLkJiHgFeDcBa';
const TEXT = 'hello, here is the weather of tomorrow: sunny, 12 to 21 degrees';
const MESSAGE_ID = 'ROBOT1.0_kbcL8x2nKcTfyJ4yLQ3YzWwO6yNw0Zq2JZ9b7y3VtB0pYb9w5m4J2mB4';

/**
 * Answering messages at several concurrencies, each by a claim in the ledger of replies, against bare `undici.request` that sends and
 * reads the same. Only the spacing of sends is off: the platform's limits are far below what is measured.
 */
export const REST_CASES: readonly BenchCase[] = [
  restCase('c1', 1, 1_000, null),
  restCase('c16', 16, 1_500, 1.15),
  restCase('c128', 128, 2_000, null),
];

function restCase(name: string, concurrency: number, requests: number, goal: number | null): BenchCase {
  return { name, unit: 'µs CPU per request', goal, setup: () => setUp(concurrency, requests) };
}

async function setUp(concurrency: number, requests: number): Promise<RunningCase> {
  const server = fork(new URL('processes/rest-server.js', import.meta.url));
  const { port } = await messageOf<{ port: number }>(server);
  const origin = `http://127.0.0.1:${port}`;
  const api = createOpenAPI({
    baseUrl: origin,
    tokenSource: newQQBotTokenSource({
      appId: '102000001',
      secret: 'bench-secret',
      requester: async () => ({
        status: 200,
        body: JSON.stringify({ access_token: TOKEN, expires_in: 7200 }),
      }),
    }),
  });
  const agent = new Agent({ connections: 256, keepAliveTimeout: 30_000 });
  const headers = {
    'user-agent': 'bench',
    accept: 'application/json',
    'x-union-appid': '102000001',
    authorization: `QQBot ${TOKEN}`,
    'content-type': 'application/json',
  };
  const replier = new Replier(api, { pacing: false });
  let sent = 0;
  let heard = 0;
  const nextId = (): string => `${MESSAGE_ID}${++heard}`;

  const oursOnce = async (): Promise<void> => {
    const event: IncomingEvent = {
      t: 'GROUP_AT_MESSAGE_CREATE',
      id: 'bench',
      d: { id: nextId(), group_openid: GROUP, author: { member_openid: 'M' } },
    };
    const result = await replier.reply(event, TEXT);
    if (!('id' in result) || !result.id) throw new Error('a message without id');
  };
  const limitOnce = async (): Promise<void> => {
    const message: GroupMessageToCreate = { msg_type: 0, content: TEXT, msg_id: nextId(), msg_seq: 1 };
    const { statusCode, body } = await request(`${origin}/v2/groups/${GROUP}/messages`, {
      dispatcher: agent,
      method: 'POST',
      headers,
      body: JSON.stringify(message),
    });
    const result = (await body.json()) as { id?: string };
    if (statusCode !== 200 || !result.id) throw new Error('a message without id');
  };
  const round = async (once: () => Promise<void>): Promise<number> => {
    sent += requests;
    return cpuPerOperation(requests, () => spread(requests, concurrency, once));
  };

  return {
    ours: () => round(oursOnce),
    limit: () => round(limitOnce),
    async [Symbol.asyncDispose]() {
      await Promise.all([api.close(), agent.close()]);
      server.send('count');
      const { received } = await messageOf<{ received: number }>(server);
      server.disconnect();
      await once(server, 'exit');
      if (received !== sent) throw new Error(`${sent} requests were sent and ${received} arrived`);
    },
  };
}

/** Runs `work` `times` times, `concurrency` at a time. */
async function spread(times: number, concurrency: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
