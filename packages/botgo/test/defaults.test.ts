import { type Simulator, startSimulator } from '@botgo/simulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isBotgoError } from '../src/errs/index.js';
import { Connection } from '../src/gateway/index.js';
import type { NewSessionManagerOptions } from '../src/index.js';
import type { OpenAPI } from '../src/openapi/index.js';

/** The credentials of the simulator's own world. */
const APP_ID = '102000001';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';

let sim: Simulator;
/** Each test has a process-wide state of its own, as a process has. */
let botgo: typeof import('../src/index.js');

beforeAll(async () => {
  sim = await startSimulator();
});

afterAll(() => sim.close());

beforeEach(async () => {
  sim.control.reset();
  vi.resetModules();
  botgo = await import('../src/index.js');
  botgo.setLogger(botgo.silentLogger);
});

/** Each test's own copy of the modules has its own error class; the code tells. */
const MISTAKE = expect.toSatisfy((error) => isBotgoError(error, 'BOTGO_CONFIG'));

/** Starts a manager and waits for both shards; the result stops it and waits for its end. */
async function startManager(
  intents: number,
  options: NewSessionManagerOptions = {},
): Promise<() => Promise<void>> {
  const manager = botgo.newSessionManager({ handleSignals: false, ...options });
  const token = botgo.botToken(APP_ID, 'demo-token');
  const ap = await botgo.newOpenAPI(token, { baseUrl: sim.url }).ws();
  const running = manager.start(ap, token, intents);
  const live = () => sim.control.sessions().filter(({ connected }) => connected).length;
  await Promise.race([running, expect.poll(live).toBe(2)]);
  return async () => {
    await manager.stop();
    await running;
  };
}

describe('newOpenAPI', () => {
  it('takes a token (v0.1.6), or an app id and a source (v0.1.7)', async () => {
    const old = botgo.newOpenAPI(botgo.botToken(APP_ID, 'demo-token'), { baseUrl: sim.url });
    const source = botgo.newQQBotTokenSource({
      appId: APP_ID,
      secret: 'demo-secret',
      tokenUrl: `${sim.url}/app/getAppAccessToken`,
    });
    const now = botgo.newOpenAPI(APP_ID, source, { baseUrl: sim.url }).withTimeout(3_000);
    expect(await old.me()).toEqual(await now.me());
    expect((await now.ws()).shards).toBe(2);
    expect(() => botgo.newOpenAPI(APP_ID, undefined as never)).toThrow(MISTAKE);
  });

  it('newSandboxOpenAPI goes to the sandbox host', async () => {
    const urls: string[] = [];
    botgo.registerReqFilter('urls', ({ url }) => {
      urls.push(url);
      throw new Error('not sent');
    });
    const token = botgo.botToken(APP_ID, 'demo-token');
    await expect(botgo.newSandboxOpenAPI(token).me()).rejects.toThrow('not sent');
    await expect(botgo.newOpenAPI(token).me()).rejects.toThrow('not sent');
    expect(urls).toEqual([
      'https://sandbox.api.sgroup.qq.com/users/@me',
      'https://api.sgroup.qq.com/users/@me',
    ]);
  });

  it('selects implementations by version', () => {
    const made: object[] = [];
    const mine = {} as OpenAPI;
    botgo.setOpenAPIClient(7, (options) => {
      made.push(options);
      return mine;
    });
    expect(() => botgo.selectOpenAPIVersion(8)).toThrow(
      expect.toSatisfy((error) => isBotgoError(error, 'BOTGO_OPENAPI_NOT_FOUND')),
    );
    const token = botgo.botToken(APP_ID, 't');
    expect(botgo.newOpenAPI(token)).not.toBe(mine);
    botgo.selectOpenAPIVersion(7);
    expect(botgo.newOpenAPI(token, { timeoutMs: 9 })).toBe(mine);
    expect(made).toMatchObject([{ tokenSource: token, timeoutMs: 9, sandbox: false }]);
  });

  it('filters the requests and answers of every client, until they are removed', async () => {
    const seen: string[] = [];
    const token = botgo.botToken(APP_ID, 'demo-token');
    const api = botgo.newOpenAPI(token, { baseUrl: sim.url });
    const removeReq = botgo.registerReqFilter('a', (request) => {
      seen.push(`> ${request.method}`);
      request.headers['x-mark'] = '1';
    });
    const removeResp = botgo.registerRespFilter('b', (_request, response) => {
      seen.push(`< ${response?.status}`);
    });
    await api.me();
    removeReq();
    removeResp();
    await api.me();
    expect(seen).toEqual(['> GET', '< 200']);
  });
});

describe('registerHandlers and newSessionManager', () => {
  it('start, and the handlers get the events', async () => {
    const names: string[] = [];
    const intent = botgo.registerHandlers({
      ready: (event) => names.push(event.t),
      c2cMessage: (event, data) => names.push(`${event.t} ${data.content}`),
    });
    expect(intent).toBe(1 << 25);
    const stop = await startManager(intent);
    await expect.poll(() => names).toEqual(['READY', 'READY']);
    sim.control.say({ scene: 'c2c', target: USER, content: 'hello' });
    await expect.poll(() => names).toContain('C2C_MESSAGE_CREATE hello');
    await stop();
  });

  it('handlers registered later add up, and each call returns its own intents', () => {
    expect(botgo.registerHandlers({ atMessage() {} })).toBe(1 << 30);
    expect(botgo.registerHandlers({ interaction() {} })).toBe(1 << 26);
    expect(botgo.registerDispatchEventHandler('GUILD_CREATE', () => {})).toBe(1);
    expect(botgo.registerDispatchEventHandler('NEW_EVENT_OF_2030', () => {})).toBe(0);
    expect(() => botgo.registerHandlers({ nope() {} } as never)).toThrow(MISTAKE);
  });

  it('refuses to start without an intent, where BotGo takes GUILDS by stealth', async () => {
    const manager = botgo.newSessionManager({ handleSignals: false });
    const token = botgo.botToken(APP_ID, 'demo-token');
    const ap = await botgo.newOpenAPI(token, { baseUrl: sim.url }).ws();
    await expect(manager.start(ap, token, botgo.registerHandlers({}))).rejects.toThrow(MISTAKE);
    expect(sim.control.sessions()).toEqual([]);
  });

  it('each manager is a new one, unless setSessionManager says otherwise', () => {
    expect(botgo.newSessionManager()).not.toBe(botgo.newSessionManager());
    const mine = { start: async () => {}, stop: async () => {} };
    botgo.setSessionManager(mine);
    expect([botgo.newSessionManager(), botgo.newSessionManager()]).toEqual([mine, mine]);
    expect(botgo.newSessionManager()).toBe(mine);
    botgo.setSessionManager(() => ({ ...mine }));
    expect(botgo.newSessionManager()).not.toBe(botgo.newSessionManager());
    expect(() => botgo.setSessionManager({} as never)).toThrow(MISTAKE);
  });

  it('setWebsocketClient makes the connections', async () => {
    const shards: number[] = [];
    botgo.setWebsocketClient((options) => {
      shards.push(options.shard);
      return new Connection(options);
    });
    const intent = botgo.registerHandlers({ c2cMessage() {} });
    const stop = await startManager(intent);
    await expect.poll(() => shards.toSorted()).toEqual([0, 1]);
    await stop();
    expect(() => botgo.setWebsocketClient({} as never)).toThrow(MISTAKE);
  });

  it("tells errorNotify in BotGo's numbers why a connection ended", async () => {
    const codes: unknown[] = [];
    const intent = botgo.registerHandlers({
      c2cMessage() {},
      errorNotify: (error) => codes.push((error as { botgoCode?: number }).botgoCode),
    });
    const stop = await startManager(intent);
    sim.control.fault({ kind: 'close', code: 4009, shard: 0 });
    await expect.poll(() => codes).toEqual([9000]);
    sim.control.fault({ kind: 'close', code: 4006, shard: 1 });
    await expect.poll(() => codes).toEqual([9000, 9005]);
    await stop();
  });

  it('a handler hears by its run that the process stops, and so does the call that it makes', async () => {
    const token = botgo.botToken(APP_ID, 'demo-token');
    const api = botgo.newOpenAPI(token, { baseUrl: sim.url });
    const heard: unknown[] = [];
    const intent = botgo.registerHandlers({
      c2cMessage: async (_event, _data, run) => {
        heard.push(run.signal.aborted);
        await new Promise((resolve) => run.signal.addEventListener('abort', resolve));
        heard.push(await api.me(run).catch((error: unknown) => error));
      },
    });
    const stop = await startManager(intent, { drainMs: 0 });
    sim.control.say({ scene: 'c2c', target: USER, content: 'hello' });
    await expect.poll(() => heard).toEqual([false]);
    await stop();
    await expect.poll(() => heard).toMatchObject([false, { code: 'BOTGO_CLOSED' }]);
  });

  it('a handler that fails is logged with its event, and nothing else stops', async () => {
    const error = vi.fn();
    botgo.setLogger({ debug() {}, info() {}, warn() {}, error });
    const heard: string[] = [];
    const intent = botgo.registerHandlers({
      c2cMessage: (_event, data) => {
        heard.push(data.content);
        throw new Error('broken');
      },
    });
    const stop = await startManager(intent);
    for (const content of ['a', 'b']) sim.control.say({ scene: 'c2c', target: USER, content });
    await expect.poll(() => heard).toEqual(['a', 'b']);
    expect(error).toHaveBeenCalledTimes(2);
    expect(error.mock.calls[0]).toMatchObject([
      'handler failed',
      { event: 'C2C_MESSAGE_CREATE', outcome: 'failed', error: { message: 'broken' } },
    ]);
    await stop();
  });
});
