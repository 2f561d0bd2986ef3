import type { SettleEntry } from 'botgo/delivery';
import type { Envelope } from './envelope.js';
import type { FrameIdentity } from './frame-identity.js';

/**
 * Whose event it is: told when the broker has it, and, where handlers run in this same process before it has, what they do: the event
 * may be what kills it.
 */
export interface EventOwner {
  acknowledged(place: SettleEntry): void;
  /** What to do when it is handled in this process; `undefined`: nothing. */
  watch(place: SettleEntry): EventWatch | undefined;
}

/** An event that an earlier process may have died of, for whoever handles it in the process that received it. */
export interface EventWatch {
  /** It is not to be handled any more. */
  readonly isPoison: boolean;
  /** It is to be handled with nothing else beside it. */
  readonly isSolo: boolean;
  /** Its handler is about to begin; what it returns is awaited first. Each call is followed by one of {@link end}. */
  begin(signal: AbortSignal): Promise<void> | undefined;
  /** Its handler does not run any more. */
  end(): void;
  /** Resolves when it is stored that it is not in flight. */
  ended(signal: AbortSignal): Promise<void>;
}

/** What the envelopes of one lane have in common. */
export interface LaneTags {
  readonly app: string;
  readonly session: string;
  readonly epoch: number;
  readonly shard: string;
}

/**
 * An envelope that waits for its broker. The publisher sees the envelope alone; whom to tell is hidden in it, because one object per
 * event is what a fast stream can afford, and a batch of them is the publisher's batch as it stands.
 */
export class RelayedEvent implements Envelope {
  readonly app: string;
  readonly event: string;
  readonly id: string;
  readonly session: string;
  readonly seq: number;
  readonly epoch: number;
  readonly shard: string;
  readonly key: string;
  readonly receivedAtMs: number;
  readonly value: Buffer;
  readonly #owner: EventOwner;
  readonly #place: SettleEntry;

  constructor(
    value: Buffer,
    { app, session, epoch, shard }: LaneTags,
    event: string,
    { id, key }: FrameIdentity,
    seq: number,
    receivedAtMs: number,
    owner: EventOwner,
    place: SettleEntry,
  ) {
    this.app = app;
    this.event = event;
    this.id = id;
    this.session = session;
    this.seq = seq;
    this.epoch = epoch;
    this.shard = shard;
    this.key = key;
    this.receivedAtMs = receivedAtMs;
    this.value = value;
    this.#owner = owner;
    this.#place = place;
  }

  get watch(): EventWatch | undefined {
    return this.#owner.watch(this.#place);
  }

  /** The broker has it. */
  acknowledge(): void {
    this.#owner.acknowledged(this.#place);
  }
}
