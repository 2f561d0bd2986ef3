import type { Cancel, Clock } from '../clock/index.js';
import { type AssignmentDecision, decideAssignment, type HandOver } from './assign.js';
import type { ClusterView, Coordinator, Membership } from './coordinator.js';

/** Whose looks they are, and what comes of them. */
export interface ClusterLookOptions {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Resources move between living members after this long without a change of membership, in milliseconds. */
  readonly quietMs: number;
  /** `undefined` while it is no member: it takes no look then. */
  readonly memberId: () => string | undefined;
  /** It is stopping: it takes no look any more, and decides to give everything away. */
  readonly isDraining: () => boolean;
  /** Everything the cluster has to serve. */
  readonly resources: () => readonly string[];
  /** What this member really holds. */
  readonly held: () => Iterable<string>;
  /** The store has answered. */
  readonly seen?: (() => void) | undefined;
  /** Does what was decided. */
  readonly act: (decision: AssignmentDecision, view: ClusterView) => Promise<void>;
  /** The look did not come to its end. */
  readonly failed: (error: unknown) => unknown;
}

/**
 * Looks at the cluster for one member, and says what is to be done about it by the rules of `decideAssignment`. One look at a time; one
 * that is asked for meanwhile follows. It looks again by itself when membership has been quiet for long enough, and at the moment when
 * the lease of a member runs out that has missed a renewal.
 */
export class ClusterLook {
  readonly #options: ClusterLookOptions;
  readonly #timers = new Map<'quiet' | 'expiry', Cancel>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isDue = false;
  #hasLooked = false;
  #isStopped = false;
  #membersKey = '';
  #membersSinceMs = 0;

  constructor(options: ClusterLookOptions) {
    this.#options = options;
  }

  /** The last look did not come to its end, and nobody may call for the next one. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** A look came to its end: what there was to take is taken. */
  get hasLooked(): boolean {
    return this.#hasLooked;
  }

  /** Looks and does what is to be done; soon again if asked meanwhile. */
  look(): void {
    if (!this.#isActive()) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = undefined;
      if (!this.#lookAgain) return;
      this.#lookAgain = false;
      this.look();
    });
  }

  /** Resolves when the look under way has ended. */
  async settled(): Promise<void> {
    await this.#looking;
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#hasLooked = false;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** What is to be done about a view. */
  decide(view: ClusterView): AssignmentDecision {
    const { clock, quietMs, coordinator, memberId, isDraining, resources, held } = this.#options;
    const self = memberId() ?? '';
    const membersKey = view.members.map((member) => `${member.memberId} ${member.info.draining}`).join();
    if (membersKey !== this.#membersKey) {
      this.#membersKey = membersKey;
      this.#membersSinceMs = clock.now();
    }
    const quietInMs = this.#membersSinceMs + quietMs - clock.now();
    if (quietInMs > 0) this.#lookAfter('quiet', quietInMs);
    const pairs = (key: 'owner' | 'reservedFor') =>
      new Map(
        view.resources.flatMap((resource) =>
          resource[key] === undefined ? [] : [[resource.name, resource[key]]],
        ),
      );
    return decideAssignment({
      self,
      members: view.members.map((member) => ({
        memberId: member.memberId,
        draining: member.memberId === self ? isDraining() : member.info.draining,
        release: member.info.release,
      })),
      resources: resources(),
      owners: pairs('owner'),
      reserved: pairs('reservedFor'),
      held: new Set(held()),
      quiet: quietInMs <= 0,
      serves: coordinator.serves,
    });
  }

  /** It may act upon what it sees. */
  #isActive(): boolean {
    const { memberId, isDraining } = this.#options;
    return !this.#isStopped && !isDraining() && memberId() !== undefined;
  }

  async #lookOnce(): Promise<void> {
    const { coordinator, seen, act, failed } = this.#options;
    this.#isDue = true;
    try {
      const view = await coordinator.view();
      seen?.();
      if (!this.#isActive()) return;
      await act(this.decide(view), view);
      this.#lookWhenDue(view);
      this.#isDue = false;
      this.#hasLooked = !this.#isStopped;
    } catch (error) {
      await failed(error);
    }
  }

  /** A member that missed a renewal is looked at again exactly when its lease runs out. */
  #lookWhenDue(view: ClusterView): void {
    const { leaseMs, memberId } = this.#options;
    const self = memberId();
    const others = view.members.filter((member) => member.memberId !== self);
    const leftMs = Math.min(...others.map(({ leaseLeftMs }) => leaseLeftMs));
    if (leftMs < (leaseMs * 5) / 9) this.#lookAfter('expiry', leftMs + 1);
  }

  #lookAfter(why: 'quiet' | 'expiry', delayMs: number): void {
    this.#timers.get(why)?.();
    if (!this.#isStopped)
      this.#timers.set(
        why,
        this.#options.clock.after(delayMs, () => this.look()),
      );
  }
}

/** Claims what was left to a member that is stopping, and releases it, unserved, to those who stay. */
export async function passOn(membership: Membership | undefined, moves: readonly HandOver[]): Promise<void> {
  if (!membership || moves.length === 0) return;
  const to = new Map(moves.map((move) => [move.name, move.to]));
  const granted = await membership.claim([...to.keys()]);
  if (granted.length === 0) return;
  await membership.release(
    granted.map(({ name, token, state }) => ({ name, token, state, to: to.get(name) })),
  );
}
