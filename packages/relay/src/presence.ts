import type { Cancel, Clock } from 'botgo/clock';
import { BotgoError, isBotgoError, toBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import { type Coordinator, Lease, type Membership } from 'botgo/session';
import { backOff } from './back-off.js';

export interface PresenceOptions {
  readonly coordinator: Coordinator;
  readonly appId: string;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** The lease is over before {@link Presence.leave}: whatever was held under it is free. Called once. */
  readonly onOver: (reason: BotgoError) => void;
}

const STATE_VERSION = 1;

/**
 * One lease of a process that owns nothing in the coordinator: the broker itself says who reads what. What it claims in a shared
 * duplicate window is void as soon as the lease ends, so that others need not wait for the time-out of its handlers.
 */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #membership: Membership;
  readonly #lease: Lease;
  #cancel: Cancel | undefined;
  #isOver = false;

  private constructor(options: PresenceOptions, membership: Membership, lease: Lease) {
    this.#options = options;
    this.#membership = membership;
    this.#lease = lease;
  }

  /** Joins, however long the store cannot be reached. @throws what the coordinator refuses for good; `signal.reason` */
  static async join(options: PresenceOptions, signal: AbortSignal): Promise<Presence> {
    const { coordinator, appId, leaseMs, clock, random, logger } = options;
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      const lease = new Lease(clock, leaseMs);
      const sent = lease.mark();
      try {
        const membership = await coordinator.join({ leaseMs, info: infoOf(appId) });
        const presence = new Presence(options, membership, lease);
        presence.#extend(sent);
        return presence;
      } catch (error) {
        if (!isBotgoError(error, 'BOTGO_STORE')) throw error;
        logger.warn('the coordination store cannot be reached', { error: error.message });
        await clock.sleep(backOff(attempt, random()), signal);
      }
    }
  }

  /** Member and fencing token, as `redisClaimStore` reads them. */
  get holder(): string {
    return `${this.#membership.memberId} 1`;
  }

  /** See `LaneOptions.guard`. */
  readonly guard = (): unknown => this.#lease.check();

  async leave(): Promise<void> {
    this.#isOver = true;
    this.#cancel?.();
    this.#lease.end(new BotgoError('BOTGO_CLOSED', 'the consumer has left its cluster'));
    try {
      await this.#membership.leave();
    } catch (error) {
      // It ends with its lease.
      this.#failed(error);
    }
  }

  #extend(sent: { nowMs: number; wallMs: number }): void {
    this.#lease.extend(sent, (error) => this.#end(error));
    this.#cancel = this.#options.clock.after(this.#options.leaseMs / 3, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const sent = this.#lease.mark();
    try {
      await this.#membership.renew([], infoOf(this.#options.appId));
      if (!this.#isOver) this.#extend(sent);
    } catch (error) {
      if (this.#isOver) return;
      if (isBotgoError(error, 'BOTGO_LEASE_LOST')) {
        this.#lease.end(error);
        return this.#end(error);
      }
      this.#failed(error);
      this.#cancel = this.#options.clock.after(this.#options.leaseMs / 3, () => void this.#renew());
    }
  }

  #end(reason: BotgoError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel?.();
    this.#options.onOver(reason);
  }

  #failed(error: unknown): void {
    this.#options.logger.warn('the coordination store cannot be reached', {
      error: toBotgoError(error).message,
    });
  }
}

function infoOf(appId: string) {
  return { appId, intents: 0, shardCount: 0, stateVersion: STATE_VERSION, draining: false };
}
