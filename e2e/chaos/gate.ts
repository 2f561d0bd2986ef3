/** Work that may overlap, and work that must have the place to itself: the latter waits for what is there and holds off what comes. */
export class Gate {
  readonly #inside = new Set<Promise<unknown>>();
  #alone: Promise<unknown> = Promise.resolve();

  async share<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let seen: unknown; seen !== this.#alone; ) {
      seen = this.#alone;
      await seen;
    }
    return await this.#enter(work());
  }

  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#alone;
    const mine = before.then(async () => {
      await Promise.all(this.#inside);
      return await work();
    });
    this.#alone = mine.catch(() => {});
    return await mine;
  }

  async #enter<Result>(work: Promise<Result>): Promise<Result> {
    const settled = work.then(
      () => {},
      () => {},
    );
    this.#inside.add(settled);
    try {
      return await work;
    } finally {
      this.#inside.delete(settled);
    }
  }
}
