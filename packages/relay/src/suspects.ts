import type { Clock } from 'botgo/clock';
import { CarefulStart, POISON_DEATHS as DEATHS } from 'botgo/delivery';
import type { LaneOptions, SoloEvents } from 'botgo/event';

/** Deaths of its process after which an event is a dead letter: as many as on a shard. */
export const POISON_DEATHS: typeof DEATHS = DEATHS;

/** How a lane finds the event that kills its process; asked for each event, so that it may come and go. */
export type LaneWatch = Pick<LaneOptions, 'poison' | 'before' | 'solo'>;

/** What an adapter knows of a message beside its content. */
export interface Provenance {
  /** Names the message whoever reads it, such as its offset. */
  readonly ref: string;
  /** A reader that died may have had it in its hands. */
  readonly isSuspect: boolean;
  /** Deaths that it saw, where the adapter has a record of its own. Default: what {@link SuspectsState} says, and one at least. */
  readonly deaths?: number | undefined;
}

/** What the next reader is told, if this one dies. */
export interface SuspectsState {
  /** References of suspects whose handlers have begun. */
  readonly inFlight: readonly string[];
  /** Reference → deaths it saw, where that is more than one. */
  readonly deaths: Readonly<Record<string, number>>;
}

export interface SuspectsOptions {
  /** What the last reader left; anything else than a {@link SuspectsState} is ignored. */
  readonly state: unknown;
  /** Resolves when what {@link Suspects.state} says now is stored. */
  readonly store: () => Promise<void>;
  readonly clock: Clock;
}

interface Suspect {
  readonly ref: string;
  readonly deaths: number;
}

/** Messages that a reader which died may have had in its hands; one of them may have killed it. At rest there are none. */
export class Suspects implements LaneWatch {
  /** Marks of what is not to be handled any more. */
  readonly poison = new Set<number>();
  readonly #careful: CarefulStart;
  /** What the last reader left of messages that have not been taken yet. */
  readonly #left: Map<string, number>;
  readonly #open = new Map<number, Suspect>();
  readonly #begun = new Set<number>();

  constructor({ state, store, clock }: SuspectsOptions) {
    this.#left = readDeaths(state);
    this.#careful = new CarefulStart({ store, clock });
  }

  /** A message is about to be handed over for handling. */
  take(mark: number, { ref, isSuspect, deaths: recorded }: Provenance): void {
    const left = this.#left.get(ref);
    if (!isSuspect && left === undefined) return;
    this.#left.delete(ref);
    const deaths = recorded ?? left ?? 1;
    this.#open.set(mark, { ref, deaths });
    if (deaths >= POISON_DEATHS) this.poison.add(mark);
    this.#careful.saw(mark, deaths);
  }

  /** See `LaneOptions.before`. At rest it is not there, and costs no signal to be made for it. */
  get before(): LaneWatch['before'] {
    return this.#open.size > 0 ? this.#before : undefined;
  }

  get solo(): SoloEvents | undefined {
    return this.#open.size > 0 ? this.#solo : undefined;
  }

  readonly #before = (mark: number, signal: AbortSignal): Promise<void> | undefined => {
    if (!this.#open.has(mark)) return undefined;
    this.#begun.add(mark);
    return this.#careful.before(mark, signal);
  };

  readonly #solo: SoloEvents = {
    has: (mark) => this.#careful.has(mark),
    ended: (mark, signal) => {
      this.#begun.delete(mark);
      return this.#careful.ended(mark, signal);
    },
    record: this,
  };

  settled(mark: number): void {
    if (!this.#open.delete(mark)) return;
    this.#begun.delete(mark);
    this.poison.delete(mark);
    this.#careful.settled(mark);
  }

  /** Everything the last reader can have had was taken: what it left of others is of no use. */
  caughtUp(): void {
    this.#left.clear();
  }

  /** Nothing is handled here any more. */
  end(): void {
    this.#begun.clear();
  }

  /** `undefined` when there is nothing to be told. */
  state(): SuspectsState | undefined {
    if (this.#open.size === 0 && this.#left.size === 0) return undefined;
    const inFlight: string[] = [];
    const deaths: Record<string, number> = Object.fromEntries(this.#left);
    for (const [mark, suspect] of this.#open) {
      if (this.#begun.has(mark)) inFlight.push(suspect.ref);
      if (suspect.deaths > 1) deaths[suspect.ref] = suspect.deaths;
    }
    return { inFlight, deaths };
  }
}

/** What was in flight at the end of a reader that could not say that it had stopped saw that death too. */
function readDeaths(state: unknown): Map<string, number> {
  const read = new Map<string, number>();
  if (typeof state !== 'object' || state === null) return read;
  const { inFlight, deaths } = state as Partial<Record<keyof SuspectsState, unknown>>;
  if (typeof deaths === 'object' && deaths !== null)
    for (const [ref, count] of Object.entries(deaths))
      if (Number.isSafeInteger(count)) read.set(ref, Number(count));
  if (Array.isArray(inFlight))
    for (const ref of inFlight) read.set(String(ref), (read.get(String(ref)) ?? 1) + 1);
  return read;
}
