import type { Clock } from '../clock/index.js';

/**
 * Deaths of its process after which an event in flight is not handled again. The first one may leave no trace, so whatever comes
 * again after it is taken to have been in flight; at the second it is written down what was; at the third only one event was.
 */
export const POISON_DEATHS = 3;

/** Between two attempts to write. */
const RETRY_MS = 100;

/** What a {@link CarefulStart} needs of its lane. */
export interface CarefulStartOptions {
  /** Mark → how often its process died while it was in flight, as far as that is known at the start; see {@link CarefulStart.saw}. */
  readonly deaths?: Readonly<Record<string, number>> | undefined;
  /** Resolves when what is in flight now is stored. The same function in all lanes that it stores together. */
  readonly store: () => Promise<void>;
  readonly clock: Clock;
}

/**
 * Finds the event that kills its process. A process that dies at once leaves no trace of what it was doing, so whoever takes over
 * after a crash writes down what is in flight before it handles what comes again; and because many events are in flight beside the
 * guilty one, what saw all deaths but the last is handled with nothing else beside it: then only the guilty one sees the last.
 */
export class CarefulStart {
  readonly #options: CarefulStartOptions;
  readonly #deaths = new Map<number, number>();
  #untilMark = Number.POSITIVE_INFINITY;

  constructor(options: CarefulStartOptions) {
    this.#options = options;
    for (const [mark, deaths] of Object.entries(options.deaths ?? {})) this.saw(Number(mark), deaths);
  }

  /** Says of an event that is about to be received how many deaths it saw. */
  saw(mark: number, deaths: number): void {
    this.#deaths.set(mark, deaths);
  }

  /** The highest mark of what comes again; infinite until that is known. */
  get untilMark(): number {
    return this.#untilMark;
  }

  /** Everything that the last owner had received has come again. @param received - Highest mark received. */
  caughtUp(received: number): void {
    this.#untilMark = Math.min(this.#untilMark, received);
  }

  /** See `LaneOptions.before`. */
  before(mark: number, signal: AbortSignal): Promise<void> | undefined {
    return mark > this.#untilMark ? undefined : this.#written(signal);
  }

  /** See `SoloEvents.has`. */
  has(mark: number): boolean {
    return (this.#deaths.get(mark) ?? 0) >= POISON_DEATHS - 1;
  }

  /** See `SoloEvents.record`. */
  get record(): object {
    return this.#options.store;
  }

  /** See `SoloEvents.ended`: were it still written down as in flight, the next death would be counted as its. */
  ended(_mark: number, signal: AbortSignal): Promise<void> {
    return this.#written(signal);
  }

  /** The event is settled. */
  settled(mark: number): void {
    this.#deaths.delete(mark);
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
}
