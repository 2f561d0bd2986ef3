import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Simulator } from '../src/index.js';

/** A frame of the gateway. */
export interface Frame {
  readonly op: number;
  readonly s?: number;
  readonly t?: string;
  readonly id?: string;
  readonly d?: Record<string, unknown> & { readonly [key: string]: unknown };
}

/** A bare gateway client: what it got, in order, and how it ended. */
export class Client {
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | undefined;
  #read = 0;
  #wake: () => void = () => {};

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#wake();
    });
    socket.on('error', () => {});
  }

  static async open(simulator: Simulator): Promise<Client> {
    const client = new Client(new WebSocket(simulator.gatewayUrl));
    await once(client.socket, 'open');
    return client;
  }

  /** Opens, identifies and waits for READY. */
  static async identified(
    simulator: Simulator,
    options: { intents?: number; shard?: readonly [number, number]; token?: string } = {},
  ): Promise<{ client: Client; sessionId: string; token: string }> {
    const client = await Client.open(simulator);
    const token = options.token ?? (await accessToken(simulator));
    const intents = options.intents ?? ALL_BITS;
    client.send({ op: 2, d: { token: `QQBot ${token}`, intents, shard: options.shard ?? [0, 1] } });
    const ready = await client.next((frame) => frame.t === 'READY');
    return { client, sessionId: String(ready.d?.session_id), token };
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** The next frame that `accepts` wants; the ones before it are passed over. */
  async next(accepts: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      while (this.#read < this.frames.length) {
        const frame = this.frames[this.#read++];
        if (frame !== undefined && accepts(frame)) return frame;
      }
      if (this.closed !== undefined) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`);
      await this.#change();
    }
  }

  async end(): Promise<{ code: number; reason: string }> {
    while (this.closed === undefined) await this.#change();
    return this.closed;
  }

  /** Waits until the server has answered everything sent so far: heartbeats are answered in order. */
  async settled(): Promise<void> {
    this.send({ op: 1, d: null });
    await this.next((frame) => frame.op === 11);
  }

  close(code = 1000): void {
    this.socket.close(code);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Every bit that stands for an event. */
export const ALL_BITS = [0, 1, 9, 10, 12, 18, 19, 23, 24, 25, 26, 27, 28, 29, 30].reduce(
  (mask, bit) => mask | (1 << bit),
  0,
);

export async function accessToken(simulator: Simulator): Promise<string> {
  const answer = await post(simulator, '/app/getAppAccessToken', {
    appId: '102000001',
    clientSecret: 'demo-secret',
  });
  return String(answer.body.access_token);
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { readonly [key: string]: unknown };
}

export async function call(
  simulator: Simulator,
  method: string,
  path: string,
  options: { body?: unknown; token?: string; authorization?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const authorization =
    options.authorization ?? (options.token === undefined ? undefined : `QQBot ${options.token}`);
  const response = await fetch(simulator.url + path, {
    method,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(authorization === undefined ? {} : { authorization }),
      ...options.headers,
    },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
  });
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as Answer['body'];
  return { status: response.status, headers: response.headers, body };
}

export function post(
  simulator: Simulator,
  path: string,
  body: unknown,
  options: { token?: string; authorization?: string } = {},
): Promise<Answer> {
  return call(simulator, 'POST', path, { ...options, body });
}
