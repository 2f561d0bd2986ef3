import type { SettleEntry } from 'botgo/delivery';
import type { Envelope } from './envelope.js';
import type { FrameIdentity } from './frame-identity.js';

/** Whose event it is: told when the broker has it. */
export interface EventOwner {
  acknowledged(place: SettleEntry): void;
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

  /** The broker has it. */
  acknowledge(): void {
    this.#owner.acknowledged(this.#place);
  }
}
