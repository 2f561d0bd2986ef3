import type { Clock } from '../clock/index.js';

/** From so many deaths on an event is watched alone: only the guilty one sees the next. */
const GRAVE_DEATHS = 2;

/** Between two attempts to write. */
const RETRY_MS = 100;

/** One at a time, in the order of asking, over all lanes of a process that share it. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  /** Events of the process that are under suspicion. */
  grave = 0;

  /** Waits for its turn. @returns Call it to end the turn; it ends by itself when `signal` is aborted. @throws `signal.reason` */
  async take(signal: AbortSignal): Promise<() => void> {
    const before = this.#last;
    let end = (): void => {};
    const mine = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last = before.then(() => mine);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    await before;
    signal.throwIfAborted();
    return end;
  }
}

/** What a {@link CarefulStart} needs of its lane. */
export interface CarefulStartOptions {
  /** Mark → how often its process died while it was in flight, as far as that is known at the start; see {@link CarefulStart.saw}. */
  readonly deaths?: Readonly<Record<string, number>> | undefined;
  /** Deaths after which an event is not handled again. */
  readonly poisonDeaths: number;
  /** Shared by all lanes of the process. */
  readonly turns: Turns;
  /** Resolves when what is in flight now is stored. */
  readonly store: () => Promise<void>;
  readonly clock: Clock;
}

/**
 * Finds the event that kills its process. A process that dies at once leaves no trace of what it was doing, so whoever takes over
 * after a crash writes down what is in flight before it handles what comes again; and because many events are in flight beside the
 * guilty one, those that saw a death are handled one at a time as soon as one of them saw two: then only the guilty one sees the
 * next.
 */
export class CarefulStart {
  readonly #options: CarefulStartOptions;
  readonly #deaths = new Map<number, number>();
  /** Marks that wait for their turn: not in flight, whatever their lane says. */
  readonly #waiting = new Set<number>();
  readonly #turns = new Map<number, () => void>();
  #untilMark = Number.POSITIVE_INFINITY;

  constructor(options: CarefulStartOptions) {
    this.#options = options;
    for (const [mark, deaths] of Object.entries(options.deaths ?? {})) this.saw(Number(mark), deaths);
  }

  /** Says of an event that is about to be received how many deaths it saw. */
  saw(mark: number, deaths: number): void {
    this.#deaths.set(mark, deaths);
    if (this.#isGrave(deaths)) this.#options.turns.grave++;
  }

  isWaiting(mark: number): boolean {
    return this.#waiting.has(mark);
  }

  /** Everything that the last owner had received has come again. @param received - Highest mark received. */
  caughtUp(received: number): void {
    this.#untilMark = Math.min(this.#untilMark, received);
  }

  /** See `LaneOptions.before`. */
  before(mark: number, signal: AbortSignal): Promise<void> | undefined {
    if (mark > this.#untilMark) return undefined;
    return this.#deaths.has(mark) && this.#options.turns.grave > 0
      ? this.#alone(mark, signal)
      : this.#written(signal);
  }

  /** The event is settled, or its lane has ended. */
  settled(mark: number): void {
    if (this.#isGrave(this.#deaths.get(mark) ?? 0)) this.#options.turns.grave--;
    this.#deaths.delete(mark);
    this.#endTurn(mark);
  }

  /** The lane has ended: what was not settled is no concern of this process any more. */
  end(): void {
    for (const mark of [...this.#deaths.keys()]) this.settled(mark);
  }

  async #alone(mark: number, signal: AbortSignal): Promise<void> {
    // Another try of the same event stands in line again.
    this.#endTurn(mark);
    this.#waiting.add(mark);
    try {
      this.#turns.set(mark, await this.#options.turns.take(signal));
    } finally {
      this.#waiting.delete(mark);
    }
    // Stores too that those of earlier turns are settled.
    await this.#written(signal);
  }

  async #written(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await this.#options.store();
      } catch {
        // Told where it failed; the event waits as others do while the store cannot be reached.
        await this.#options.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  #endTurn(mark: number): void {
    this.#turns.get(mark)?.();
    this.#turns.delete(mark);
  }

  #isGrave(deaths: number): boolean {
    return deaths >= GRAVE_DEATHS && deaths < this.#options.poisonDeaths;
  }
}
