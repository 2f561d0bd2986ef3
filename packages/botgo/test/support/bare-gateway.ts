import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A frame as the SDK sent it. */
export interface SentFrame {
  readonly op: number;
  readonly d: unknown;
}

/** What the SDK's Identify and Resume say. */
export interface Introduction {
  readonly token: string;
  readonly session_id?: string;
  readonly seq?: number;
  readonly shard?: readonly number[];
  readonly intents?: number;
}

/** The gateway's end of one connection; says only what the test tells it to. */
export class Peer {
  readonly socket: WebSocket;
  readonly frames: SentFrame[] = [];
  closeCode: number | undefined;
  readonly #wakers = new Set<() => void>();
  #taken = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as SentFrame);
      this.#wake();
    });
    socket.on('close', (code: number) => {
      this.closeCode = code;
      this.#wake();
    });
    socket.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.closeCode === undefined;
  }

  /** The next frame of the SDK, whichever came first of those not asked for yet. */
  async frame(): Promise<SentFrame> {
    await this.#until(() => this.frames.length > this.#taken);
    const frame = this.frames[this.#taken++];
    if (!frame) throw new Error('no frame');
    return frame;
  }

  /** The next frame, which has to be an Identify or a Resume. */
  async introduction(): Promise<SentFrame & { d: Introduction }> {
    const frame = await this.frame();
    if (frame.op !== 2 && frame.op !== 6) throw new Error(`expected op 2 or 6, got op ${frame.op}`);
    return frame as SentFrame & { d: Introduction };
  }

  /** The code with which the connection closed; 1006 when it broke. */
  async closed(): Promise<number> {
    await this.#until(() => this.closeCode !== undefined);
    return this.closeCode ?? 0;
  }

  send(payload: object): void {
    this.raw(JSON.stringify(payload));
  }

  raw(text: string | Buffer): void {
    this.socket.send(text, { binary: false });
  }

  hello(intervalMs: unknown = 40_000): this {
    this.send({ op: 10, d: { heartbeat_interval: intervalMs } });
    return this;
  }

  ready(sessionId: string, s = 1): this {
    this.send({
      op: 0,
      s,
      t: 'READY',
      d: { version: 1, session_id: sessionId, user: { id: 'bot' }, shard: [0, 1] },
    });
    return this;
  }

  resumed(s: number): this {
    this.send({ op: 0, s, t: 'RESUMED', d: '' });
    return this;
  }

  /** A message of the given channel, whose content and ids name its `s`. */
  message(s: number, channel = 'c'): this {
    this.send(messagePayload(s, channel));
    return this;
  }

  messages(from: number, to: number, channel = 'c'): this {
    for (let s = from; s <= to; s++) this.message(s, channel);
    return this;
  }

  ack(): this {
    this.send({ op: 11 });
    return this;
  }

  close(code: number, reason = ''): void {
    this.socket.close(code, reason);
  }

  /** Ends the TCP connection without a close frame. */
  cut(): void {
    this.socket.terminate();
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const isOver = !condition() && this.closeCode !== undefined;
        if (!condition() && !isOver) return;
        this.#wakers.delete(check);
        if (isOver) reject(new Error(`the SDK closed the connection with ${this.closeCode}`));
        else resolve();
      };
      this.#wakers.add(check);
      check();
    });
  }
}

export function messagePayload(s: number, channel = 'c'): object {
  return {
    op: 0,
    s,
    t: 'AT_MESSAGE_CREATE',
    id: `AT_MESSAGE_CREATE:m${s}`,
    d: { id: `m${s}`, channel_id: channel, content: String(s), author: { id: 'u' } },
  };
}

/** A WebSocket server on a free port of the loopback that waits to be told what to say. */
export class BareGateway implements AsyncDisposable {
  readonly peers: Peer[] = [];
  readonly #server: WebSocketServer;
  readonly #wakers = new Set<() => void>();
  #taken = 0;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.peers.push(new Peer(socket));
      for (const wake of this.#wakers) wake();
    });
  }

  static async start(): Promise<BareGateway> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await new Promise((resolve) => server.once('listening', resolve));
    return new BareGateway(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/websocket`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.peers.filter(({ isOpen }) => isOpen).length;
  }

  /** The next connection that was not asked for yet. */
  async peer(): Promise<Peer> {
    const at = this.#taken++;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (this.peers.length <= at) return;
        this.#wakers.delete(check);
        resolve();
      };
      this.#wakers.add(check);
      check();
    });
    const peer = this.peers[at];
    if (!peer) throw new Error('no peer');
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
