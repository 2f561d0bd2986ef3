import { randomUUID } from 'node:crypto';
import { systemClock } from 'botgo/clock';
import { BotgoError, ConfigError } from 'botgo/errs';
import type { Coordinator } from 'botgo/session';
import { backOff } from '../back-off.js';
import type { Consumer, IntakeDesk, PartitionLag } from '../consumer.js';
import { ConsumerSource, type ConsumerSourceOptions } from '../consumer-source.js';
import type { DeadMessage } from '../message.js';
import { Presence, type PresenceOptions } from '../presence.js';
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
  /**
   * Beside a shared duplicate window (`redisClaimStore` of the same prefix): the process joins with a lease, and what it claims is void
   * as soon as that ends. A prefix of its own, which neither the shards nor another group use. It stays open. Default: none, and claims
   * of a dead process are void when the time-out of handlers has passed.
   */
  readonly coordinator?: Coordinator | undefined;
  /** Needed beside a coordinator. */
  readonly appId?: string | undefined;
  /** How long a process that is not heard of keeps its claims, in milliseconds. Default 10,000. */
  readonly leaseMs?: number | undefined;
}

export const PULSAR_SOURCE_DEFAULTS = Object.freeze({
  group: 'logic',
  receiverQueueSize: 500,
  leaseMs: 10_000,
});

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
  /** The cluster in which it has a lease. */
  readonly #cluster: Pick<PresenceOptions, 'coordinator' | 'appId' | 'leaseMs'> | undefined;
  /** No member of any coordinator. */
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
    const { coordinator, appId, leaseMs = d.leaseMs } = options;
    if (coordinator !== undefined && appId === undefined)
      throw new ConfigError('beside a coordinator pulsarSource needs the appId, for whose bot it is');
    if (!(leaseMs >= 1)) throw new ConfigError(`leaseMs must be at least 1, got ${leaseMs}`);
    this.#cluster = coordinator && { coordinator, appId: appId ?? '', leaseMs };
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
        if (failure.code === 'BOTGO_CONFIG' || failure.code === 'BOTGO_CLUSTER_MISMATCH') throw failure;
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

  /** One connection, from its opening to its end; under a lease, where there is a coordinator. */
  async #stay(desk: IntakeDesk, onOpen: () => void): Promise<void> {
    let presence: Presence | undefined;
    let subscriber: Subscriber | undefined;
    const onOver = (reason: unknown): void => {
      void subscriber?.abandon(reason);
    };
    if (this.#cluster) {
      const { clock, random, logger } = desk;
      const options = { ...this.#cluster, clock, random, logger, onOver };
      presence = await Presence.join(options, this.#abort.signal);
    }
    try {
      const subscription = await this.#link.subscribe({
        ...{ topic: this.#topic, group: this.#group, type: 'Key_Shared' },
        receiverQueueSize: this.#permits,
      });
      onOpen();
      this.#joinedAtMs ??= desk.clock.wallNow();
      subscriber = new Subscriber({
        ...{ subscription, desk, notes: this.#notes, joinedAtMs: this.#joinedAtMs },
        ...{ holder: presence?.holder ?? this.#holder, guard: presence?.guard },
        name: `${this.#topic}/${this.#group}`,
      });
      this.#subscriber = subscriber;
      const reading = subscriber.run();
      desk.joined();
      if (this.#abort.signal.aborted) await subscriber.stop(this.#drainMs);
      // The lease may have ended on the way here.
      const lost = presence?.guard();
      if (lost !== undefined) await subscriber.abandon(lost);
      await reading;
    } finally {
      await presence?.leave();
    }
  }
}

function readBacklog(stats: unknown, group: string): number | undefined {
  let found = stats;
  for (const name of ['subscriptions', group, 'msgBacklog'])
    found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
  return typeof found === 'number' ? found : undefined;
}
