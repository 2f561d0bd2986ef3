import type { Clock } from 'botgo/clock';
import { BotgoError } from 'botgo/errs';
import type { WebSocket } from 'ws';
import type { BrokerMessage, IntakeDesk } from '../consumer.js';
import type { Intake } from '../intake.js';
import { closeSocket } from './socket.js';

export interface SubscriberOptions {
  readonly name: string;
  readonly socket: WebSocket;
  readonly desk: IntakeDesk;
  /** Messages that may be on their way. */
  readonly permits: number;
  readonly holder: string;
}

/** One consumer socket: permits out, messages in, acknowledgements out. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #intake: Intake;
  /** Pulsar's ids of what is not settled, by mark, and back. */
  readonly #ids = new Map<number, string>();
  readonly #marks = new Map<string, number>();
  #mark = 0;
  #spent: number;
  #isPaused = false;
  #isEnding = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#spent = options.permits;
    this.#intake = options.desk.open({
      name: options.name,
      acknowledgement: 'each',
      isPartition: false,
      acknowledge: (mark) => this.#acknowledge(mark),
      onPressure: (paused) => {
        this.#isPaused = paused;
        this.#permit(1);
      },
      holder: options.holder,
    });
  }

  /** Reads until the socket is closed; rejects unless {@link stop} did that. */
  async run(): Promise<void> {
    const { socket, desk } = this.#options;
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.on('message', (data) => this.#received(String(data)));
    this.#permit(1);
    const code = await closed;
    if (this.#isEnding) return;
    this.#isEnding = true;
    // Handlers end what they began; it comes again, and is then known as a copy.
    await this.#intake.drain(desk.drainMs);
    throw new BotgoError('BOTGO_BROKER', `Pulsar closed the subscription (${code})`);
  }

  /** Takes no more, lets what began end, and closes the socket behind the acknowledgements. */
  async stop(drainMs: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    await this.#intake.drain(drainMs);
    await closeSocket(this.#options.socket, this.#clock);
  }

  get #clock(): Clock {
    return this.#options.desk.clock;
  }

  #received(text: string): void {
    if (this.#isEnding) return;
    this.#spent++;
    const { messageId, message } = readMessage(text);
    // When a topic moves between brokers, what is being handled comes again on the same socket.
    if (messageId !== '' && !this.#marks.has(messageId)) {
      const mark = ++this.#mark;
      this.#ids.set(mark, messageId);
      this.#marks.set(messageId, mark);
      this.#intake.offer(message, mark);
    }
    this.#permit(Math.ceil(this.#options.permits / 4));
  }

  #acknowledge(mark: number): void {
    const messageId = this.#ids.get(mark);
    if (messageId === undefined) return;
    this.#ids.delete(mark);
    this.#marks.delete(messageId);
    this.#send({ messageId });
  }

  /** Permits as many as were used, when that is at least `least`. */
  #permit(least: number): void {
    if (this.#isPaused || this.#isEnding || this.#spent < least) return;
    this.#send({ type: 'permit', permitMessages: this.#spent });
    this.#spent = 0;
  }

  #send(command: object): void {
    const { socket } = this.#options;
    // What cannot be said any more comes again.
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(command));
  }
}

function readMessage(text: string): { messageId: string; message: BrokerMessage } {
  const given: unknown = JSON.parse(text);
  const field = (name: string): unknown =>
    typeof given === 'object' && given !== null ? Reflect.get(given, name) : undefined;
  const [messageId, payload, properties] = [field('messageId'), field('payload'), field('properties')];
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(properties ?? {}))
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  return {
    messageId: typeof messageId === 'string' ? messageId : '',
    message: { headers, value: Buffer.from(typeof payload === 'string' ? payload : '', 'base64') },
  };
}
