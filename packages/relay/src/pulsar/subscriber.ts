import { BotgoError, toBotgoError } from 'botgo/errs';
import { backOff } from '../back-off.js';
import type { IntakeDesk } from '../consumer.js';
import type { Intake } from '../intake.js';
import type { DeathNotes } from './death-notes.js';
import type { PulsarId, PulsarMessage, PulsarSubscription } from './link.js';

export interface SubscriberOptions {
  readonly name: string;
  readonly subscription: PulsarSubscription;
  readonly desk: IntakeDesk;
  readonly holder: string;
  readonly guard?: (() => unknown) | undefined;
  readonly notes: DeathNotes;
  /** Whatever was published before may have been in the hands of a process that died. Unix time in milliseconds. */
  readonly joinedAtMs: number;
}

/** A message that waits until it is known what others have died of. */
interface Held {
  readonly mark: number;
  readonly message: PulsarMessage;
  readonly isSuspect: boolean;
}

/** One stay in a subscription: messages in, acknowledgements out. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #intake: Intake;
  /** Pulsar's ids of what is not settled, by mark, and back. */
  readonly #ids = new Map<number, PulsarId>();
  readonly #marks = new Map<string, number>();
  #held: Held[] = [];
  #mark = 0;
  #isEnding = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    const { name, subscription, desk, holder, guard, notes } = options;
    this.#intake = desk.open({
      ...{ name, holder, guard, acknowledgement: 'each', isPartition: false },
      acknowledge: (mark) => this.#acknowledge(mark),
      onPressure: (paused) => subscription.setPaused(paused),
      store: () => notes.store(() => this.#intake.state().suspects?.inFlight ?? []),
    });
  }

  /** Reads until the subscription ends; rejects unless {@link stop} did that. */
  async run(): Promise<void> {
    const { subscription, desk } = this.#options;
    subscription.start((message) => this.#received(message));
    const reason = await subscription.ended;
    if (this.#isEnding) return;
    this.#isEnding = true;
    // Handlers end what they began; it comes again, and is then known as a copy.
    await this.#intake.drain(desk.drainMs);
    throw new BotgoError('BOTGO_BROKER', `Pulsar closed the subscription (${reason})`);
  }

  /** Takes no more, lets what began end, and leaves behind the acknowledgements. */
  async stop(drainMs: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    await this.#intake.drain(drainMs);
    await this.#options.subscription.close();
  }

  /** Ends at once: what it holds may be another's. */
  async abandon(reason: unknown): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#intake.revoke(reason);
    await this.#options.subscription.close();
  }

  #received(message: PulsarMessage): void {
    const { text } = message.id;
    // When a topic moves between brokers, what is being handled comes again in the same subscription.
    if (this.#isEnding || this.#marks.has(text)) return;
    const mark = ++this.#mark;
    this.#ids.set(mark, message.id);
    this.#marks.set(text, mark);
    // Without a time it is taken for an old one.
    const isSuspect = !(message.publishedAtMs >= this.#options.joinedAtMs);
    const held = { mark, message, isSuspect };
    if (this.#held.length === 0 && (!isSuspect || this.#options.notes.isOpen)) return this.#offer(held);
    this.#held.push(held);
    if (this.#held.length > 1) return;
    this.#options.subscription.setPaused(true);
    void this.#openNotes();
  }

  async #openNotes(): Promise<void> {
    const { notes, desk, subscription } = this.#options;
    for (let attempt = 1; !this.#isEnding; attempt++) {
      try {
        await notes.open();
        break;
      } catch (error) {
        desk.logger.warn('it could not be read what others have died of; it is tried again', {
          error: toBotgoError(error).message,
        });
        await desk.clock.sleep(backOff(attempt, desk.random()));
      }
    }
    // Before they are offered: handlers that are behind pause it again.
    subscription.setPaused(false);
    for (const held of this.#held.splice(0)) this.#offer(held);
  }

  #offer({ mark, message, isSuspect }: Held): void {
    const ref = message.id.text;
    this.#intake.offer(
      message,
      mark,
      isSuspect ? { ref, isSuspect, deaths: this.#options.notes.deaths(ref) } : undefined,
    );
  }

  #acknowledge(mark: number): void {
    const id = this.#ids.get(mark);
    if (id === undefined) return;
    this.#ids.delete(mark);
    this.#marks.delete(id.text);
    this.#options.subscription.acknowledge(id);
  }
}
