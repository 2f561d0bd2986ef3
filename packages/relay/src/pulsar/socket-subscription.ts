import type { Clock } from 'botgo/clock';
import type { WebSocket } from 'ws';
import type { PulsarId, PulsarMessage, PulsarSubscription } from './link.js';
import { closeSocket } from './socket.js';

/** One consumer socket: permits out, messages in, acknowledgements out. */
export class SocketSubscription implements PulsarSubscription {
  readonly ended: Promise<string | undefined>;
  readonly #socket: WebSocket;
  /** Messages that may be on their way. */
  readonly #permits: number;
  readonly #clock: Clock;
  #spent: number;
  #isPaused = false;
  #isClosing = false;

  constructor(socket: WebSocket, permits: number, clock: Clock) {
    this.#socket = socket;
    this.#permits = permits;
    this.#spent = permits;
    this.#clock = clock;
    this.ended = new Promise((resolve) => {
      socket.once('close', (code) => resolve(this.#isClosing ? undefined : String(code)));
    });
  }

  start(onMessage: (message: PulsarMessage) => void): void {
    this.#socket.on('message', (data) => {
      const message = readMessage(String(data));
      this.#spent++;
      // The answer to an acknowledgement has no id.
      if (message.id.text !== '') onMessage(message);
      this.#permit(Math.ceil(this.#permits / 4));
    });
    this.#permit(1);
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused;
    this.#permit(1);
  }

  acknowledge({ text }: PulsarId): void {
    this.#send({ messageId: text });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await closeSocket(this.#socket, this.#clock);
  }

  /** Permits as many as were used, when that is at least `least`. */
  #permit(least: number): void {
    if (this.#isPaused || this.#isClosing || this.#spent < least) return;
    this.#send({ type: 'permit', permitMessages: this.#spent });
    this.#spent = 0;
  }

  #send(command: object): void {
    const socket = this.#socket;
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(command));
  }
}

export function readMessage(text: string): PulsarMessage {
  const given: unknown = JSON.parse(text);
  const field = (name: string): unknown =>
    typeof given === 'object' && given !== null ? Reflect.get(given, name) : undefined;
  const [messageId, payload, properties] = [field('messageId'), field('payload'), field('properties')];
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(properties ?? {}))
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  return {
    id: { text: typeof messageId === 'string' ? messageId : '' },
    publishedAtMs: Date.parse(String(field('publishTime'))),
    headers,
    value: Buffer.from(typeof payload === 'string' ? payload : '', 'base64'),
  };
}
