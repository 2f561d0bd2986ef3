import { type SettleEntry, SettleLog } from 'botgo/delivery';
import type { IncomingEvent, Lane, LaneOptions, LaneOrigin } from 'botgo/event';
import { hashSession } from './envelope.js';
import type { FrameIdentity } from './frame-identity.js';
import type { Outbox } from './outbox.js';
import { type EventOwner, type EventWatch, type LaneTags, RelayedEvent } from './relayed-event.js';
import { identifyFrame } from './scan.js';

/** What a {@link RelayLane} needs of its sink. */
export interface RelayLaneOwner {
  readonly appId: string;
  readonly outbox: Outbox;
  /** Events of one lane that may be unacknowledged before it asks its source to stop reading. */
  readonly laneCapacity: number;
  /** When what is being read was received, as Unix time in milliseconds. */
  receivedAtMs(): number;
  /** Resolves after `delayMs`, or when aborted. */
  pause(delayMs: number, signal: AbortSignal): Promise<void>;
  /** An event that cannot be read, and so cannot be passed on. */
  unreadable(lane: string, error: unknown): void;
}

const NOWHERE: LaneOrigin = { sessionId: '', shard: 0, shardCount: 0, epoch: 0 };

/** A lane whose events are settled when the broker has acknowledged them. */
export class RelayLane implements Lane, EventOwner {
  readonly #owner: RelayLaneOwner;
  readonly #options: LaneOptions;
  readonly #log: SettleLog;
  readonly #abort = new AbortController();
  readonly #tags: LaneTags;
  readonly #isOrdered: boolean;
  /** Marks of watched events → in how many handlers of this process they are. */
  readonly #begun = new Map<number, number>();
  #unsettled = 0;
  #received: number | undefined;
  #isTaking = true;
  #isEnded = false;
  /** Too many of its own events are unacknowledged. */
  #isBehind = false;
  /** Too many bytes of all lanes are unacknowledged. */
  #isFull = false;
  #onEmpty: (() => void)[] = [];

  constructor(owner: RelayLaneOwner, options: LaneOptions) {
    this.#owner = owner;
    this.#options = options;
    const { sessionId, shard, shardCount, epoch } = options.origin ?? NOWHERE;
    this.#tags = {
      app: owner.appId,
      session: hashSession(sessionId),
      epoch,
      shard: shardCount > 0 ? `${shard}/${shardCount}` : '',
    };
    this.#isOrdered = options.ordered ?? true;
    this.#log = new SettleLog(options.startAfter);
    this.#received = options.startAfter;
  }

  get checkpoint(): number | undefined {
    return this.#log.checkpoint;
  }

  get received(): number | undefined {
    return this.#received;
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Handlers run behind the memory broker alone: behind others nothing here could be what kills the process. */
  inFlight(limit: number): number[] {
    return [...this.#begun.keys()].slice(0, limit);
  }

  /** @internal */
  watch({ mark }: SettleEntry): EventWatch | undefined {
    const { poison, before, solo } = this.#options;
    if (!before && !poison?.has(mark)) return undefined;
    return {
      isPoison: poison?.has(mark) ?? false,
      isSolo: solo?.has(mark) ?? false,
      begin: (signal) => {
        this.#begun.set(mark, (this.#begun.get(mark) ?? 0) + 1);
        return before?.(mark, signal);
      },
      end: () => {
        const handlers = (this.#begun.get(mark) ?? 0) - 1;
        if (handlers > 0) this.#begun.set(mark, handlers);
        else this.#begun.delete(mark);
      },
      ended: (signal) => solo?.ended(mark, signal) ?? Promise.resolve(),
    };
  }

  receiveFrame(frame: Buffer, type: string, mark: number, nameEnd?: number): void {
    if (!this.#accept(mark)) return;
    try {
      this.#send(frame, type, mark, identifyFrame(frame, type, nameEnd));
    } catch (error) {
      this.#owner.unreadable(this.#options.name, error);
      this.pass(mark);
    }
  }

  /** An event without bytes of its own: from a callback, or without `s`. READY and RESUMED concern the connection alone. */
  receive(event: IncomingEvent, mark: number): void {
    if (event.t === 'READY' || event.t === 'RESUMED') return;
    if (!this.#accept(mark)) return;
    const frame = Buffer.from(JSON.stringify({ op: 0, ...event }));
    this.#send(frame, event.t, mark, identifyFrame(frame, event.t));
  }

  pass(mark: number): void {
    if (this.#received !== undefined && mark < this.#received) return;
    this.#received = mark;
    if (this.#isOrdered) this.#log.pass(mark);
    this.#moved(mark);
  }

  async drain(timeoutMs: number): Promise<boolean> {
    this.#isTaking = false;
    if (this.#unsettled > 0) {
      const timer = new AbortController();
      const empty = new Promise<void>((resolve) => {
        this.#onEmpty.push(resolve);
      });
      const timeOut = Number.isFinite(timeoutMs) ? [this.#owner.pause(timeoutMs, timer.signal)] : [];
      await Promise.race([empty, ...timeOut]);
      timer.abort();
    }
    const settled = this.#unsettled === 0;
    this.revoke(undefined);
    return settled;
  }

  revoke(reason: unknown): void {
    this.#isTaking = false;
    this.#isEnded = true;
    this.#unsettled = 0;
    this.#abort.abort(reason);
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  /** All lanes together hold too many bytes, or no longer. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull;
    if (!this.#isBehind) this.#options.onPressure?.(isFull);
  }

  #accept(mark: number): boolean {
    if (!this.#isTaking) return false;
    const reason = this.#options.guard?.();
    if (reason !== undefined) {
      this.revoke(reason);
      return false;
    }
    if (!this.#isOrdered) return true;
    if (this.#received !== undefined && mark <= this.#received) return false;
    this.#received = mark;
    return true;
  }

  #send(value: Buffer, type: string, mark: number, identity: FrameIdentity): void {
    const place = this.#isOrdered ? this.#log.open(mark) : { mark, settled: false };
    const seq = this.#isOrdered ? mark : 0;
    if (++this.#unsettled >= this.#owner.laneCapacity && !this.#isBehind) this.#setBehind(true);
    const receivedAtMs = this.#owner.receivedAtMs();
    this.#owner.outbox.add(
      new RelayedEvent(value, this.#tags, type, identity, seq, receivedAtMs, this, place),
    );
  }

  /** @internal The broker has the event. */
  acknowledged(place: SettleEntry): void {
    if (this.#isEnded) return;
    const { mark } = place;
    this.#unsettled--;
    if (this.#isOrdered && this.#log.settle(place)) this.#moved(mark);
    this.#options.onSettled?.(mark, 'handled', undefined);
    if (this.#isBehind && this.#unsettled <= this.#owner.laneCapacity / 2) this.#setBehind(false);
    if (this.#unsettled === 0 && this.#onEmpty.length > 0)
      for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  #moved(mark: number): void {
    this.#options.onCheckpoint?.(this.#log.checkpoint ?? mark);
  }

  #setBehind(isBehind: boolean): void {
    this.#isBehind = isBehind;
    if (!this.#isFull) this.#options.onPressure?.(isBehind);
  }
}
