import type { Socket } from 'node:net';
import type { Clock } from 'botgo/clock';
import { BotgoError } from 'botgo/errs';
import type { WebSocket } from 'ws';
import type { PulsarId, PulsarWriter, WriterMessage } from './link.js';
import { closeSocket, openSocket } from './socket.js';
import { type PulsarPlace, tooLarge } from './target.js';

/** Messages that may be under way; below what the API queues by default. */
const MAX_PENDING = 500;
const ANSWER_MS = 30_000;
/** RFC 6455: a message that is too big. */
const CLOSE_TOO_BIG = 1009;

interface Pending {
  readonly acknowledged: (messageId: string) => void;
  readonly failed: (error: BotgoError) => void;
}

/** Writes to one topic over a producer socket, which is opened again when it is lost. */
export class SocketWriter implements PulsarWriter {
  readonly #place: PulsarPlace;
  readonly #topic: string;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #context = 0;
  /** What carries the socket. */
  #connection: Socket | undefined;
  #opening: Promise<WebSocket> | undefined;
  #isClosed = false;

  constructor(place: PulsarPlace, topic: string, clock: Clock) {
    this.#place = place;
    this.#topic = topic;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    await this.#open();
  }

  /** After a failure the socket is given up. */
  async write(messages: readonly WriterMessage[]): Promise<readonly PulsarId[]> {
    const ids: PulsarId[] = [];
    for (let at = 0; at < messages.length; at += MAX_PENDING)
      ids.push(...(await this.#send(await this.#open(), messages.slice(at, at + MAX_PENDING))));
    return ids;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const socket = await this.#opening?.catch(() => undefined);
    if (socket) await closeSocket(socket, this.#clock);
  }

  #open(): Promise<WebSocket> {
    if (this.#isClosed)
      return Promise.reject(new BotgoError('BOTGO_CLOSED', 'this publisher was closed: make a new one'));
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #connect(): Promise<WebSocket> {
    const endpoint = {
      what: `open a producer of ${this.#topic}`,
      path: `producer/${this.#place.namespace}/${this.#topic}`,
      // A batch of the API's own would put several keys into one message: Key_Shared goes by the first.
      query: { batchingEnabled: false, sendTimeoutMillis: ANSWER_MS, maxPendingMessages: MAX_PENDING * 2 },
    };
    const socket = await openSocket(this.#place, endpoint, this.#clock, (opening) => {
      opening.once('upgrade', (response) => {
        this.#connection = response.socket;
      });
    });
    socket.on('message', (data) => this.#answered(socket, String(data)));
    socket.once('close', (code, reason) => {
      this.#opening = undefined;
      const error =
        code === CLOSE_TOO_BIG
          ? tooLarge(String(reason))
          : new BotgoError('BOTGO_BROKER', `Pulsar closed the producer of ${this.#topic} (${code})`);
      this.#failAll(error);
    });
    return socket;
  }

  #send(socket: WebSocket, messages: readonly WriterMessage[]): Promise<readonly PulsarId[]> {
    return new Promise((resolve, reject) => {
      const ids: PulsarId[] = [];
      const cancel = this.#clock.after(ANSWER_MS, () => socket.terminate());
      const pending: Pending = {
        acknowledged: (text) => {
          // Pulsar answers in the order of the messages.
          ids.push({ text });
          if (ids.length < messages.length) return;
          cancel();
          resolve(ids);
        },
        failed: (error) => {
          cancel();
          reject(error);
        },
      };
      // Written together: a write for each message costs more than the message.
      const connection = this.#connection;
      connection?.cork();
      for (const { key, value, headers } of messages) {
        const context = String(++this.#context);
        this.#pending.set(context, pending);
        socket.send(JSON.stringify({ payload: value.toString('base64'), properties: headers, key, context }));
      }
      connection?.uncork();
      // It closed before anything could be sent: nobody else will say so.
      if (socket.readyState > socket.OPEN)
        this.#failAll(new BotgoError('BOTGO_BROKER', `Pulsar has closed the producer of ${this.#topic}`));
    });
  }

  #answered(socket: WebSocket, text: string): void {
    const { result, context, errorMsg, messageId } = readAnswer(text);
    const pending = this.#pending.get(context);
    if (!pending) return;
    this.#pending.delete(context);
    if (result === 'ok') return pending.acknowledged(messageId);
    const error = /size|too (big|large)/i.test(errorMsg)
      ? tooLarge(errorMsg)
      : new BotgoError(
          'BOTGO_BROKER',
          `Pulsar did not take a message for ${this.#topic} (${result}: ${errorMsg})`,
        );
    this.#opening = undefined;
    pending.failed(error);
    this.#failAll(error);
    socket.terminate();
  }

  #failAll(error: BotgoError): void {
    const failed = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of failed) pending.failed(error);
  }
}

function readAnswer(text: string): Record<'result' | 'context' | 'errorMsg' | 'messageId', string> {
  const answer: unknown = JSON.parse(text);
  const field = (name: string): string => {
    const value: unknown =
      typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  return {
    result: field('result'),
    context: field('context'),
    errorMsg: field('errorMsg'),
    messageId: field('messageId'),
  };
}
