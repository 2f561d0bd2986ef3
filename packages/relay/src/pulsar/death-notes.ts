import type { Clock } from 'botgo/clock';
import { BotgoError } from 'botgo/errs';
import { coalesce } from 'botgo/session';
import type {
  PulsarId,
  PulsarLink,
  PulsarMessage,
  PulsarReader,
  PulsarSubscription,
  PulsarWriter,
} from './link.js';

/** Subscription that makes Pulsar keep notes until they are acknowledged; nobody reads by it. */
const KEEP = 'keep';
/** What is older concerns no message that is still to come. */
const MAX_AGE_MS = 24 * 3_600_000;
/** A stop waits no longer for a broker that may be gone. */
const CLOSE_MS = 5_000;

export interface DeathNotesOptions {
  readonly link: PulsarLink;
  readonly topic: string;
  /** Unique among all processes that ever are. */
  readonly member: string;
  readonly clock: Clock;
}

/** As it is written: everything that its member has in flight at this moment. */
interface Note {
  readonly member: string;
  readonly serial: number;
  readonly at: number;
  readonly inFlight: readonly string[];
}

interface FoundNote {
  readonly id: PulsarId;
  readonly inFlight: ReadonlySet<string>;
}

/**
 * Who died of what, in a topic beside the group's. Pulsar tells nobody how often a message was in the hands of a consumer that died, and
 * has no state of a member's. So a member that handles what may have killed another says first, in a note, what it has in flight; a
 * message was in flight at as many deaths as there are other members whose last note names it.
 */
export class DeathNotes {
  readonly #options: DeathNotesOptions;
  readonly #writer: PulsarWriter;
  readonly #found = new Map<string, FoundNote>();
  readonly #write: () => Promise<void>;
  #inFlight: () => readonly string[] = () => [];
  #opening: Promise<void> | undefined;
  #keep: PulsarSubscription | undefined;
  #reader: PulsarReader | undefined;
  #onOwn: (serial: number) => void = () => undefined;
  #serial = 0;
  #last: PulsarId | undefined;
  isOpen = false;

  constructor(options: DeathNotesOptions) {
    this.#options = options;
    this.#writer = options.link.writer(options.topic);
    this.#write = coalesce(() => this.#writeOnce());
  }

  /** Reads what others have left; resolves when all of it is known. Idempotent; after a rejection it may be called again. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch(async (error: unknown) => {
      await this.#giveUp();
      throw error;
    });
    return this.#opening;
  }

  /** Members that died with the message in flight. */
  deaths(ref: string): number {
    let deaths = 0;
    for (const { inFlight } of this.#found.values()) if (inFlight.has(ref)) deaths++;
    return deaths;
  }

  /** Writes a note; resolves when Pulsar has it. @param inFlight - Asked at the moment of writing. */
  async store(inFlight: () => readonly string[]): Promise<void> {
    this.#inFlight = inFlight;
    await this.open();
    await this.#write();
  }

  /** Says that nothing is in flight any more. */
  async close(): Promise<void> {
    if (this.isOpen) {
      const timer = new AbortController();
      const late = this.#options.clock.sleep(CLOSE_MS, timer.signal);
      // Where it cannot be said, the end counts as a death of what was in flight.
      await Promise.race([this.store(() => []), late]).catch(() => undefined);
      timer.abort();
      await late.catch(() => undefined);
      if (this.#last) this.#keep?.acknowledge(this.#last);
    }
    await this.#giveUp();
    await this.#writer.close();
  }

  async #open(): Promise<void> {
    const { link, topic } = this.#options;
    this.#keep = await link.subscribe({ topic, group: KEEP, type: 'Shared', receiverQueueSize: 1 });
    await this.#write();
    const [written, known] = [this.#serial, this.#last];
    if (!known) throw new BotgoError('BOTGO_BROKER', `Pulsar gave no id to a message of ${topic}`);
    const caughtUp = new Promise<void>((resolve) => {
      this.#onOwn = (serial) => {
        if (serial >= written) resolve();
      };
    });
    const reader = await link.read(topic, known, (message) => this.#read(message));
    this.#reader = reader;
    const lost = Promise.race([this.#keep.ended, reader.ended]).then(() => {
      if (this.#reader === reader) void this.#giveUp();
      throw new BotgoError('BOTGO_BROKER', `Pulsar closed the reader of ${topic}`);
    });
    lost.catch(() => undefined);
    await Promise.race([caughtUp, lost]);
    this.isOpen = true;
  }

  async #writeOnce(): Promise<void> {
    const { member, clock } = this.#options;
    const note: Note = { member, serial: ++this.#serial, at: clock.wallNow(), inFlight: this.#inFlight() };
    const value = Buffer.from(JSON.stringify(note));
    const [id] = await this.#writer.write([{ key: member, value, headers: {} }]);
    if (this.#last) this.#keep?.acknowledge(this.#last);
    this.#last = id;
  }

  #read({ id, value }: PulsarMessage): void {
    const note = readNote(value);
    if (!note) return this.#keep?.acknowledge(id);
    const { member, serial, at, inFlight } = note;
    if (member === this.#options.member) return this.#onOwn(serial);
    const before = this.#found.get(member);
    if (before) this.#keep?.acknowledge(before.id);
    this.#found.delete(member);
    // A younger one that says nothing is left alone: its writer may be waiting to read it.
    if (this.#options.clock.wallNow() - at > MAX_AGE_MS) return this.#keep?.acknowledge(id);
    this.#found.set(member, { id, inFlight: new Set(inFlight) });
  }

  async #giveUp(): Promise<void> {
    const [keep, reader] = [this.#keep, this.#reader];
    this.isOpen = false;
    this.#opening = undefined;
    this.#keep = undefined;
    this.#reader = undefined;
    await Promise.all([keep?.close(), reader?.close()]);
  }
}

function readNote(value: Buffer): Note | undefined {
  let found: unknown;
  try {
    found = JSON.parse(value.toString());
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null) return undefined;
  const { member, serial, at, inFlight } = found as Partial<Record<keyof Note, unknown>>;
  if (typeof member !== 'string' || typeof serial !== 'number' || typeof at !== 'number') return undefined;
  return Array.isArray(inFlight) ? { member, serial, at, inFlight: inFlight.map(String) } : undefined;
}
