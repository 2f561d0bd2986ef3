import { randomUUID } from 'node:crypto';
import { systemClock } from 'botgo/clock';
import { BotgoError, ConfigError } from 'botgo/errs';
import { backOff } from '../back-off.js';
import type { Consumer, DeadMessage, IntakeDesk, PartitionLag } from '../consumer.js';
import { ConsumerSource, type ConsumerSourceOptions } from '../consumer-source.js';
import { DeathNotes } from './death-notes.js';
import type { PulsarLink, PulsarWriter } from './link.js';
import { openTarget, type PulsarAdmin } from './open-target.js';
import { Subscriber } from './subscriber.js';
import { checkName, type PulsarTarget, toPulsarError, toStatusError } from './target.js';

export interface PulsarSourceOptions extends PulsarTarget, ConsumerSourceOptions {
  /** Name of the topic, as its publisher has it. */
  readonly topic: string;
  /** Name of the subscription. Processes of one group share the events; each group gets all of them. Default `logic`. */
  readonly group?: string | undefined;
  /** Messages that Pulsar may send ahead of the handlers. Default 500. */
  readonly receiverQueueSize?: number | undefined;
  /** Topic of the group's dead letters. Default `<topic>-<group>-dead`. */
  readonly deadLetterTopic?: string | undefined;
  /**
   * Topic in which members that handle what may have killed another one say what they have in flight. Default
   * `<topic>-<group>-in-flight`. It is made when it is first needed.
   */
  readonly inFlightTopic?: string | undefined;
}

export const PULSAR_SOURCE_DEFAULTS = Object.freeze({ group: 'logic', receiverQueueSize: 500 });

const ADMIN_MS = 10_000;

/**
 * The logic side on Pulsar, for `bot.from`: a member of a Key_Shared subscription, over the WebSocket API or a native client. Each key is
 * one member's at a time, and each event is acknowledged by itself, after its handler.
 * @throws {ConfigError} on a bad option.
 */
export function pulsarSource(options: PulsarSourceOptions): ConsumerSource {
  return new ConsumerSource(new PulsarConsumer(options), options);
}

class PulsarConsumer implements Consumer {
  readonly name: string;
  readonly #link: PulsarLink;
  readonly #admin: PulsarAdmin | undefined;
  readonly #topic: string;
  readonly #group: string;
  readonly #permits: number;
  readonly #dead: PulsarWriter;
  readonly #notes: DeathNotes;
  /** No member of any coordinator: a claim of a dead process is void when its time is over. */
  readonly #holder = randomUUID();
  readonly #abort = new AbortController();
  #subscriber: Subscriber | undefined;
  #joinedAtMs: number | undefined;
  #drainMs = 0;

  constructor(options: PulsarSourceOptions) {
    const d = PULSAR_SOURCE_DEFAULTS;
    const clock = options.clock ?? systemClock;
    const { link, admin } = openTarget(options, clock);
    this.#link = link;
    this.#admin = admin;
    this.#topic = options.topic;
    this.#group = options.group ?? d.group;
    this.#permits = options.receiverQueueSize ?? d.receiverQueueSize;
    checkName('topic', this.#topic);
    checkName('group', this.#group);
    if (!(Number.isSafeInteger(this.#permits) && this.#permits >= 1))
      throw new ConfigError(`receiverQueueSize must be a whole number of 1 or more, got ${this.#permits}`);
    const dead = options.deadLetterTopic ?? `${this.#topic}-${this.#group}-dead`;
    checkName('deadLetterTopic', dead);
    this.name = `pulsar topic ${this.#topic}, group ${this.#group}`;
    this.#dead = link.writer(dead);
    const notesTopic = options.inFlightTopic ?? `${this.#topic}-${this.#group}-in-flight`;
    checkName('inFlightTopic', notesTopic);
    this.#notes = new DeathNotes({ link, topic: notesTopic, member: this.#holder, clock });
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
    await this.#notes.close();
    await this.#dead.close();
  }

  async deadLetter(message: DeadMessage): Promise<void> {
    await this.#dead.write([message]);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    const what = `tell the lag of ${this.#group}`;
    if (this.#admin === undefined)
      throw new ConfigError(`Pulsar cannot ${what}: beside a client, give an adminUrl`);
    const { adminUrl, namespace, headers } = this.#admin;
    let stats: unknown;
    try {
      const response = await fetch(`${adminUrl}/admin/v2/${namespace}/${this.#topic}/stats`, {
        headers: await headers(),
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
    const subscription = await this.#link.subscribe({
      ...{ topic: this.#topic, group: this.#group, type: 'Key_Shared' },
      receiverQueueSize: this.#permits,
    });
    onOpen();
    this.#joinedAtMs ??= desk.clock.wallNow();
    const subscriber = new Subscriber({
      ...{ subscription, desk, holder: this.#holder, notes: this.#notes, joinedAtMs: this.#joinedAtMs },
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
