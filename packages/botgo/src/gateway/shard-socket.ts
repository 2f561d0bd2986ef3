import type { Agent } from 'node:http';
import WebSocket from 'ws';
import type { Clock } from '../clock/index.js';
import { RESUMABLE_CLOSE_CODE } from './close-policy.js';

/** How long a peer may take to answer our close frame. */
const CLOSE_WAIT_MS = 1_000;

/** What a {@link ShardSocket} connects to, and whom it tells. */
export interface ShardSocketOptions {
  readonly url: string;
  readonly maxFrameBytes: number;
  readonly agent: Agent | undefined;
  readonly ca: string[] | undefined;
  readonly handshakeTimeoutMs: number;
  readonly clock: Clock;
  readonly onMessage: (data: Buffer) => void;
  /** The socket is gone, and we had not dropped it. `reason`: the peer's, or why the connection failed. */
  readonly onClosed: (code: number, reason: string) => void;
}

/** The socket of one shard: one at a time. What an earlier one still says is ignored. */
export class ShardSocket {
  readonly #options: ShardSocketOptions;
  #current: WebSocket | undefined;
  #isPaused = false;

  constructor(options: ShardSocketOptions) {
    this.#options = options;
  }

  /** Stands for the present socket, so that it is known again; `undefined` when there is none. */
  get current(): object | undefined {
    return this.#current;
  }

  open(): void {
    const { url, maxFrameBytes, agent, ca, handshakeTimeoutMs, onMessage, onClosed } = this.#options;
    const socket = new WebSocket(url, {
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      // A byte that is no UTF-8 would close the socket, and the resume would bring the same frame again, for ever. It is decoded as U+FFFD.
      skipUTF8Validation: true,
      ...(agent && { agent }),
      ...(ca && { ca }),
    });
    this.#current = socket;
    let failure = '';
    socket.on('message', (data: Buffer) => {
      if (socket === this.#current) onMessage(data);
    });
    socket.on('error', (error) => {
      failure = error.message;
    });
    socket.on('close', (code, reason) => {
      if (socket !== this.#current) return;
      this.#current = undefined;
      onClosed(code, reason.toString() || failure);
    });
  }

  send(payload: { readonly op: number; readonly d: unknown }): void {
    this.#current?.send(JSON.stringify(payload));
    // The socket is introduced with this frame; what follows is read only while there is room.
    if (this.#isPaused) this.#current?.pause();
  }

  /** Whether frames wait where they are; a socket that is not introduced yet is read in any case. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#current?.pause();
    else this.#current?.resume();
  }

  /** Says goodbye; {@link ShardSocketOptions.onClosed} tells when the peer has answered. Without a connection it is dropped. */
  close(code: number): void {
    // Reading has to go on for the close frame, whatever the handlers' pace.
    this.#current?.resume();
    if (this.#current?.readyState === WebSocket.CONNECTING) this.drop();
    else this.#current?.close(code);
  }

  /** Cuts it at once. @returns Whether there was one. */
  drop(): boolean {
    const socket = this.#current;
    this.#current = undefined;
    socket?.terminate();
    return socket !== undefined;
  }

  /** Closes it for good, without a word to anybody. @returns When it is gone. */
  end(): Promise<void> | undefined {
    const socket = this.#current;
    this.#current = undefined;
    return socket && untilClosed(socket, this.#options.clock);
  }
}

/** Closes a socket that nobody listens to any more, if need be by force. @returns When it is gone. */
function untilClosed(socket: WebSocket, clock: Clock): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(CLOSE_WAIT_MS, () => socket.terminate());
    socket.once('close', () => {
      cancel();
      resolve();
    });
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) socket.close(RESUMABLE_CLOSE_CODE);
  });
}
