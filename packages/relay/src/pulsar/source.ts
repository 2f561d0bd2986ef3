import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from 'botgo/clock';
import { BotgoError, ConfigError } from 'botgo/errs';
import { backOff } from '../back-off.js';
import type { Consumer, DeadMessage, IntakeDesk, PartitionLag } from '../consumer.js';
import { ConsumerSource, type ConsumerSourceOptions } from '../consumer-source.js';
import { subscription } from './publisher.js';
import { openSocket } from './socket.js';
import { Subscriber } from './subscriber.js';
import {
  checkName,
  type PulsarPlace,
  type PulsarTarget,
  readTarget,
  toPulsarError,
  toStatusError,
} from './target.js';
import { TopicWriter } from './writer.js';

export interface PulsarSourceOptions extends PulsarTarget, ConsumerSourceOptions {
  /** Name of the topic, as its publisher has it. */
  readonly topic: string;
  /** Name of the subscription. Processes of one group share the events; each group gets all of them. Default `logic`. */
  readonly group?: string | undefined;
  /** Messages that Pulsar may send ahead of the handlers. Default 500. */
  readonly receiverQueueSize?: number | undefined;
  /** Topic of the group's dead letters. Default `<topic>-<group>-dead`. */
  readonly deadLetterTopic?: string | undefined;
}

export const PULSAR_SOURCE_DEFAULTS = Object.freeze({ group: 'logic', receiverQueueSize: 500 });

const ADMIN_MS = 10_000;

/**
 * The logic side on Pulsar, for `bot.from`: a member of a Key_Shared subscription, over the WebSocket API. Each key is one member's at a
 * time, and each event is acknowledged by itself, after its handler.
 * @throws {ConfigError} on a bad option.
 */
export function pulsarSource(options: PulsarSourceOptions): ConsumerSource {
  return new ConsumerSource(new PulsarConsumer(options), options);
}

class PulsarConsumer implements Consumer {
  readonly name: string;
  readonly #place: PulsarPlace;
  readonly #topic: string;
  readonly #group: string;
  readonly #permits: number;
  readonly #clock: Clock;
  readonly #dead: TopicWriter;
  /** No member of any coordinator: a claim of a dead process is void when its time is over. */
  readonly #holder = randomUUID();
  readonly #abort = new AbortController();
  #subscriber: Subscriber | undefined;
  #drainMs = 0;

  constructor(options: PulsarSourceOptions) {
    const d = PULSAR_SOURCE_DEFAULTS;
    this.#place = readTarget(options);
    this.#topic = options.topic;
    this.#group = options.group ?? d.group;
    this.#permits = options.receiverQueueSize ?? d.receiverQueueSize;
    this.#clock = options.clock ?? systemClock;
    checkName('topic', this.#topic);
    checkName('group', this.#group);
    if (!(Number.isSafeInteger(this.#permits) && this.#permits >= 1))
      throw new ConfigError(`receiverQueueSize must be a whole number of 1 or more, got ${this.#permits}`);
    const dead = options.deadLetterTopic ?? `${this.#topic}-${this.#group}-dead`;
    checkName('deadLetterTopic', dead);
    this.name = `pulsar topic ${this.#topic}, group ${this.#group}`;
    this.#dead = new TopicWriter(this.#place, dead, this.#clock);
  }

  async run(desk: IntakeDesk): Promise<void> {
    const { signal } = this.#abort;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#stay(desk, () => {
          attempt = 1;
        });
      } catch (error) {
        const failure = toPulsarError('read the topic', error);
        if (signal.aborted) return;
        if (failure.code === 'BOTGO_CONFIG') throw failure;
        desk.logger.warn('the broker cannot be reached; it is tried again', { error: failure.message });
      }
      if (!signal.aborted)
        await desk.clock.sleep(backOff(attempt, desk.random()), signal).catch(() => undefined);
    }
  }

  async stop(drainMs: number): Promise<void> {
    this.#drainMs = drainMs;
    this.#abort.abort();
    await this.#subscriber?.stop(drainMs);
    await this.#dead.close();
  }

  async deadLetter(message: DeadMessage): Promise<void> {
    await this.#dead.write([message]);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    const { adminUrl, namespace } = this.#place;
    const what = `tell the lag of ${this.#group}`;
    let stats: unknown;
    try {
      const response = await fetch(`${adminUrl}/admin/v2/${namespace}/${this.#topic}/stats`, {
        headers: await this.#place.headers(),
        signal: AbortSignal.timeout(ADMIN_MS),
      });
      if (!response.ok) throw toStatusError(what, response.status);
      stats = await response.json();
    } catch (error) {
      throw toPulsarError(what, error);
    }
    const messages = readBacklog(stats, this.#group);
    if (messages === undefined)
      throw new BotgoError(
        'BOTGO_BROKER',
        `Pulsar knows no subscription ${this.#group} of ${this.#topic}: it is made when a member joins`,
      );
    return [{ partition: this.#topic, messages }];
  }

  /** One connection, from its opening to its end. */
  async #stay(desk: IntakeDesk, onOpen: () => void): Promise<void> {
    const endpoint = subscription(this.#place, this.#topic, this.#group, this.#permits);
    const socket = await openSocket(this.#place, endpoint, desk.clock);
    onOpen();
    const subscriber = new Subscriber({
      ...{ socket, desk, permits: this.#permits, holder: this.#holder },
      name: `${this.#topic}/${this.#group}`,
    });
    this.#subscriber = subscriber;
    const reading = subscriber.run();
    desk.joined();
    if (this.#abort.signal.aborted) await subscriber.stop(this.#drainMs);
    await reading;
  }
}

function readBacklog(stats: unknown, group: string): number | undefined {
  let found = stats;
  for (const name of ['subscriptions', group, 'msgBacklog'])
    found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
  return typeof found === 'number' ? found : undefined;
}
