import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Interaction,
  LayoutType,
  OpCode,
  SearchActionType,
  type SearchInputResolved,
  type SearchRsp,
} from 'botgo/dto';
import { genValidationAck, headerSig, headerTimestamp, simulateSearch, verifySignature } from 'botgo/webhook';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP_ID, openTour, type Tour } from './tour.js';

const SECRET = 'demo-secret';
const found = (keyword: string): SearchRsp => ({
  layouts: [
    {
      LayoutType: LayoutType.ImageText,
      ActionType: SearchActionType.SendARK,
      Title: `about ${keyword}`,
      Records: [
        {
          cover: 'https://media.example/tea.png',
          title: keyword,
          tips: 'hot',
          url: 'https://bot.example/tea',
        },
      ],
    },
  ],
});

let tour: Tour;
let server: Server;
let url: string;
/** What the bot's address answers a search with. */
let answer: (keyword: string) => unknown;

beforeEach(async () => {
  tour = await openTour();
  answer = found;
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const header = (name: string) => request.headers[name.toLowerCase()]?.toString();
    const isSigned = verifySignature(SECRET, {
      body,
      signature: header(headerSig),
      timestamp: header(headerTimestamp),
    });
    if (!isSigned) {
      response.writeHead(401).end();
      return;
    }
    response.setHeader('content-type', 'application/json');
    const payload = JSON.parse(body.toString()) as { op?: number; d?: unknown } & Partial<Interaction>;
    const { keyword = '' } = (payload.data?.resolved ?? {}) as SearchInputResolved;
    const isValidation = payload.op === OpCode.httpCallbackValidation;
    response.end(isValidation ? genValidationAck(payload.d, SECRET) : JSON.stringify(answer(keyword)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/search`;
});
afterEach(async () => {
  await tour[Symbol.asyncDispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the search box', () => {
  it('shows what the bot found', async () => {
    expect(await tour.control.webhook({ appId: APP_ID, url })).toEqual({ verified: true, problem: '' });
    const shown = await tour.control.search({ appId: APP_ID, keyword: 'tea' });
    expect(shown).toEqual({ status: 200, layouts: found('tea').layouts, problem: '' });
  });

  it('says what is wrong with an answer', async () => {
    await expect(tour.control.search({ appId: APP_ID, keyword: 'tea' })).rejects.toThrow(
      'has no callback address',
    );
    await tour.control.webhook({ appId: APP_ID, url });
    answer = () => ({ op: 12, d: 0 });
    expect((await tour.control.search({ appId: APP_ID, keyword: 'tea' })).problem).toBe(
      'the answer has no list layouts',
    );
    answer = () => ({ layouts: [{ layoutType: 0 }] });
    expect((await tour.control.search({ appId: APP_ID, keyword: 'tea' })).problem).toMatch('LayoutType');
  });

  it('can be tried without a platform', async () => {
    const config = { appId: APP_ID, endPoint: url, secret: SECRET };
    expect(await simulateSearch(config, 'tea')).toEqual(found('tea'));
    await expect(simulateSearch({ ...config, secret: 'another' }, 'tea')).rejects.toMatchObject({
      code: 'BOTGO_BAD_RESPONSE',
    });
  });
});
