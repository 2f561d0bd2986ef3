import type { Cancel } from 'botgo/clock';
import type { Logger } from 'botgo/log';
import type { ClusterView } from 'botgo/session';
import { ClusterPicture } from './cluster-picture.js';
import type { Gateway } from './gateway.js';
import type { Keys } from './keys.js';
import { type Change, type Kv, type Outline, readChanges, type WatchAnswer, watchBody } from './kv.js';

/** Shortest time between two calls of the listeners: a start of many members is one burst of changes. */
const QUIET_MS = 25;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2_000;
/**
 * How long the watch may take to tell of what is known to have happened. Long, since an etcd or a process that has too much to do tells late,
 * and to read everything, or to watch anew, would give it more to do.
 */
const CATCH_UP_MS = 2_000;
/** How long a look waits for a watch that is only just being made, before it asks the store itself. */
const BEGIN_MS = 1_000;
/** How often at least a watch is looked after that has said nothing since a call failed. */
const DOUBT_POLL_MS = 5_000;

/**
 * The cluster as it is, and word of its changes. While somebody listens, a watch keeps a picture up to date and a look asks nothing
 * of the store; without a watch, or while it is in doubt, a look is one call.
 *
 * A watch that is lost, for whatever reason, goes on where the picture is, or from now on where that was compacted away. Then the picture
 * is compared with the store, and listed anew where they differ, as in a store that was emptied. A watch may also be silent although it
 * looks alive (a connection that something on the way has dropped): so the picture is compared now and then, and soon after a call has
 * failed.
 */
export class ClusterWatch {
  readonly #gateway: Gateway;
  readonly #kv: Kv;
  readonly #keys: Keys;
  readonly #pollMs: number;
  readonly #picture: ClusterPicture;
  readonly #listeners = new Set<() => void>();
  #watching: AbortController | undefined;
  /** Ends the watch under way, so that another is made. */
  #stream: AbortController | undefined;
  /** The picture is what the watch under way has told, without a gap. */
  #isSynced = false;
  /** Since the watch was last heard a call has failed, or a write of ours was missed. */
  #isDoubtful = false;
  /** Until the first watch is made. */
  #beginning: Promise<void> | undefined;
  /** Changes that came before the picture was compared with the store. */
  #early: Change[] = [];
  /** Revision of the last write of ours: a look shows it. */
  #written = 0;
  #listing: { readonly written: number; readonly done: Promise<void> } | undefined;
  readonly #catchingUp = new Set<() => void>();
  #cancelPoll: Cancel | undefined;
  #cancelCall: Cancel | undefined;
  #calledMs = Number.NEGATIVE_INFINITY;

  constructor(gateway: Gateway, kv: Kv, keys: Keys, pollMs: number) {
    this.#gateway = gateway;
    this.#kv = kv;
    this.#keys = keys;
    this.#pollMs = pollMs;
    this.#picture = new ClusterPicture(keys);
    gateway.onFailure(() => this.#doubt());
  }

  /** What tokens and versions are counted from, as last seen. */
  get base(): string | undefined {
    return this.#picture.base;
  }

  add(onChange: () => void): () => void {
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    if (!this.#watching) {
      const watching = new AbortController();
      this.#watching = watching;
      this.#beginning = new Promise((resolve) => {
        this.#gateway.clock.after(BEGIN_MS, resolve);
        void this.#watch(watching.signal, resolve);
      });
      this.#pollLater();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    this.#listeners.clear();
    this.#watching?.abort();
    this.#watching = undefined;
    this.#isSynced = false;
    this.#cancelPoll?.();
    this.#cancelCall?.();
    this.#cancelCall = undefined;
  }

  /** Something of ours was written at that revision, of which the watch tells. */
  wrote(revision: number): void {
    this.#written = Math.max(this.#written, revision);
  }

  /** The store had that revision just now: where it is no later than the picture, that is true, and need not be compared so soon. */
  heard(revision: number): void {
    if (this.#isSynced && revision <= this.#picture.revision) this.#pollLater();
  }

  /** @throws `BOTGO_STORE` */
  async view(): Promise<ClusterView> {
    await this.#beginning;
    if (!(await this.#isUpToDate())) await this.#list();
    return this.#picture.view();
  }

  async #isUpToDate(): Promise<boolean> {
    if (!this.#isSynced) return false;
    if (this.#isDoubtful) return this.#picture.confirm(await this.#outline());
    const isThere = (): boolean => this.#picture.revision >= this.#written;
    if (await this.#caughtUp(() => !this.#isSynced || isThere())) return this.#isSynced;
    // Perhaps it is deaf: nothing of it counts before it is heard again.
    this.#doubt();
    return false;
  }

  #outline(): Promise<Outline> {
    return this.#kv.outline(this.#keys.watched, this.#keys.base);
  }

  /** Waits until it is so, as long as the watch tells something. */
  async #caughtUp(isThere: () => boolean): Promise<boolean> {
    while (!isThere()) if (!(await this.#nextChange(CATCH_UP_MS))) return isThere();
    return true;
  }

  /** @returns Whether there was one. */
  #nextChange(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isThere: boolean): void => {
        cancel();
        this.#catchingUp.delete(onChange);
        resolve(isThere);
      };
      const onChange = (): void => done(true);
      const cancel = this.#gateway.clock.after(withinMs, () => done(false));
      this.#catchingUp.add(onChange);
    });
  }

  /** Reads everything. Calls at the same time are one, unless something of ours was written in between. */
  async #list(): Promise<void> {
    if (this.#listing?.written !== this.#written) {
      const listing = { written: this.#written, done: this.#listOnce() };
      this.#listing = listing;
      const over = (): void => {
        if (this.#listing === listing) this.#listing = undefined;
      };
      listing.done.then(over, over);
    }
    await this.#listing?.done;
  }

  async #listOnce(): Promise<void> {
    const written = this.#written;
    const before = this.#picture.revision;
    const snapshot = await this.#kv.snapshot(this.#keys.watched);
    const isGoneBack = snapshot.revision < before || snapshot.revision < written;
    // The watch may have been faster; a store that went back is another one, whatever was known of the first.
    if (isGoneBack || snapshot.revision >= this.#picture.revision) this.#picture.load(snapshot);
    if (!isGoneBack) return;
    if (this.#written === written) this.#written = 0;
    this.#renewWatch();
  }

  /** Never rejects; ends when aborted. Calls `onBegun` when the first watch tells everything, or was lost. */
  async #watch(signal: AbortSignal, onBegun: () => void): Promise<void> {
    const { clock, logger } = this.#gateway;
    let retryMs = RETRY_FIRST_MS;
    let isCompacted = false;
    while (!signal.aborted) {
      const stream = new AbortController();
      this.#stream = stream;
      try {
        const after = isCompacted ? 0 : this.#picture.revision;
        const body = watchBody(this.#keys.watched, after);
        const either = AbortSignal.any([signal, stream.signal]);
        for await (const answer of this.#gateway.stream('/v3/watch', body, either)) {
          const { created, canceled, compact_revision } = (answer as WatchAnswer).result ?? {};
          isCompacted = compact_revision !== undefined;
          if (canceled) break;
          this.#isDoubtful = false;
          if (created) {
            retryMs = RETRY_FIRST_MS;
            void this.#sync(stream, after).then(onBegun);
          }
          this.#take(readChanges(answer as WatchAnswer));
        }
      } catch (error) {
        if (!signal.aborted) logger.debug('etcd watch was lost', { error });
      }
      onBegun();
      // A watch that was stopped and begun again has another of these.
      if (this.#stream !== stream) return;
      stream.abort();
      this.#isSynced = false;
      // Nobody knows what is missed from now on: who looks asks the store.
      this.#call();
      await clock.sleep(retryMs, signal).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    }
  }

  /**
   * From now on the watch tells everything: makes the picture true up to now. Never rejects.
   * @param after - Revision of the picture, after which it tells everything; 0: it tells what happens from now on.
   */
  async #sync(stream: AbortController, after: number): Promise<void> {
    const isOver = (): boolean => this.#stream !== stream || stream.signal.aborted || !this.#watching;
    this.#early = [];
    try {
      // Not with those who look: theirs may have been sent before the watch began.
      if (after === 0 || !(await this.#isTrue())) await this.#listOnce();
    } catch (error) {
      logFailure(this.#gateway.logger, error);
      if (!isOver()) stream.abort();
      return;
    }
    if (isOver()) return;
    if (this.#picture.revision < after) {
      // The store went back, and this watch waits for a revision that is far away.
      stream.abort();
      return;
    }
    this.#isSynced = true;
    this.#take(this.#early.splice(0));
    // What happened before the watch began is news too.
    this.#call();
  }

  #take(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    if (!this.#isSynced) this.#early.push(...changes);
    else {
      this.#picture.apply(changes);
      this.#call();
    }
    for (const onChange of [...this.#catchingUp]) onChange();
  }

  /** Whether the picture is what the store has, and nothing is missing but what the watch is about to tell. @throws `BOTGO_STORE` */
  async #isTrue(): Promise<boolean> {
    const before = this.#picture.revision;
    const outline = await this.#outline();
    // The store went back: it is another one.
    if (outline.revision < before) return false;
    return await this.#caughtUp(() => {
      if (!this.#isSynced) this.#picture.apply(this.#early.splice(0));
      return this.#picture.confirm(outline);
    });
  }

  async #compare(): Promise<void> {
    if (!(await this.#isTrue())) this.#renewWatch();
  }

  /** Lets another watch take the place of this one, which is deaf. */
  #renewWatch(): void {
    if (this.#isSynced) this.#stream?.abort();
    this.#isSynced = false;
  }

  /** Whatever made a call fail may have struck the watch too. */
  #doubt(): void {
    if (this.#isDoubtful || !this.#watching) return;
    this.#isDoubtful = true;
    this.#pollLater();
  }

  #pollLater(): void {
    this.#cancelPoll?.();
    const delayMs = this.#isDoubtful ? Math.min(this.#pollMs, DOUBT_POLL_MS) : this.#pollMs;
    this.#cancelPoll = this.#gateway.clock.after(delayMs, () => void this.#poll());
  }

  /** Never rejects. */
  async #poll(): Promise<void> {
    this.#pollLater();
    if (this.#isSynced) await this.#compare().catch((error) => logFailure(this.#gateway.logger, error));
    this.#call();
  }

  #call(): void {
    if (this.#cancelCall || !this.#watching) return;
    const { clock } = this.#gateway;
    const waitMs = Math.max(0, this.#calledMs + QUIET_MS - clock.now());
    this.#cancelCall = clock.after(waitMs, () => {
      this.#cancelCall = undefined;
      this.#calledMs = clock.now();
      this.#pollLater();
      for (const listener of this.#listeners) listener();
    });
  }
}

function logFailure(logger: Logger, error: unknown): void {
  logger.debug('the cluster cannot be compared with etcd', { error });
}
