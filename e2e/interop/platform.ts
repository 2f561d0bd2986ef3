import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type ActInput, DEFAULT_SEED, type SayInput, type Sent, type SimEvent } from '@botgo/simulator';
import { ChildService } from '../services/child-process.js';

const PROGRAM = join(
  dirname(createRequire(import.meta.url).resolve('@botgo/simulator/package.json')),
  'dist/main.js',
);

/** The bot that logs in. */
export const BOT = DEFAULT_SEED.bots[0];

/** A simulated platform in a process of its own, moved and watched from outside by its control API alone. */
export class Platform implements AsyncDisposable {
  /** All that has happened at the gateway, in order. */
  readonly seen: SimEvent[] = [];
  readonly #watching = new AbortController();

  private constructor(
    private readonly child: ChildService,
    readonly url: string,
  ) {}

  /** The port is the system's choice. The bot has one shard: how an SDK starts several is not what is tried here. */
  static async start(): Promise<Platform> {
    const child = await ChildService.start({
      command: process.execPath,
      args: [PROGRAM, '--port', '0', '--json'],
      isReady: async (output) => output.includes('\n'),
    });
    const { url } = JSON.parse(child.output.slice(0, child.output.indexOf('\n'))) as { url: string };
    const platform = new Platform(child, url);
    await platform.watch();
    await platform.post('bot', { appId: BOT.appId, shards: 1, maxConcurrency: 1 });
    return platform;
  }

  async say(input: SayInput): Promise<{ messageId: string }> {
    return await this.post('say', input);
  }

  /** @returns what the act made, for the acts that make something */
  async act(input: ActInput): Promise<{ id?: string; interactionId?: string }> {
    return await this.post('act', input);
  }

  async fault(kind: string): Promise<void> {
    await this.post('fault', { kind });
  }

  async outbox(): Promise<Sent[]> {
    return await this.post('outbox', {});
  }

  async switches(values: object): Promise<void> {
    await this.post('switches', values);
  }

  /** A call of the platform's REST API in the bot's name. */
  async rest(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    return await ask(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bot ${BOT.appId}.${BOT.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watching.abort();
    await this.child.stop();
  }

  private async post<Answer>(name: string, body: object): Promise<Answer> {
    return await ask(`${this.url}/_sim/${name}`, { method: 'POST', body: JSON.stringify(body) });
  }

  /** Resolves when the stream is open: what happens from then on is seen. */
  private async watch(): Promise<void> {
    const types = 'disconnected,identify,resume,rejected,event';
    const { body } = await fetch(`${this.url}/_sim/stream?types=${types}`, { signal: this.#watching.signal });
    if (body === null) throw new Error('the stream of the simulator has no body');
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    void this.keep(reader).catch((error: unknown) => {
      if (!this.#watching.signal.aborted) throw error;
    });
  }

  private async keep(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('data: ')) this.seen.push(JSON.parse(line.slice(6)) as SimEvent);
      }
    }
  }
}

async function ask<Answer>(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method} ${url} was answered ${response.status}: ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as Answer;
}
