/** Work that may overlap, and work that must have the place to itself: the latter waits for what is there and holds off what comes. */
export class Gate {
  readonly #inside = new Set<Promise<unknown>>();
  /** Settles when the last work that is alone, or waits to be, is done; never rejects. */
  #alone: Promise<void> | undefined;

  async share<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#alone) await this.#alone;
    const working = work();
    const settled = working.then(
      () => {},
      () => {},
    );
    this.#inside.add(settled);
    try {
      return await working;
    } finally {
      this.#inside.delete(settled);
    }
  }

  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = [...this.#inside, this.#alone];
    const working = Promise.all(before).then(work);
    const settled: Promise<void> = working.then(
      () => {},
      () => {},
    );
    this.#alone = settled;
    try {
      return await working;
    } finally {
      if (this.#alone === settled) this.#alone = undefined;
    }
  }
}
