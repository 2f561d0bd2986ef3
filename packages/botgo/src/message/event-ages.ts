/** Samples per generation; the floor is taken from the last two. */
const GENERATION = 32;
/** An event further in the future than this says nothing about our clock. */
const LONGEST_SKEW_MS = 26 * 3_600_000;

/**
 * How old events were when they came, although the platform's clock and ours may differ. The least `received − sent` of the last events
 * is taken for the difference of the clocks; what an event has above it is its age (a replay after a resume, a callback sent again).
 * An age may come out too small, never too large: the platform refuses what was sent too late.
 */
export class EventAges {
  #samples = 0;
  #young = Number.POSITIVE_INFINITY;
  #old = Number.POSITIVE_INFINITY;

  /** Age at its reception, in milliseconds. Both times are Unix time in milliseconds, the first by the platform's clock. */
  ageMs(sentMs: number, receivedMs: number): number {
    const sample = receivedMs - sentMs;
    if (!(sample > -LONGEST_SKEW_MS)) return 0;
    if (++this.#samples > GENERATION) {
      this.#samples = 1;
      this.#old = this.#young;
      this.#young = Number.POSITIVE_INFINITY;
    }
    this.#young = Math.min(this.#young, sample);
    return sample - Math.min(this.#young, this.#old);
  }
}
