/** Counts what arrives and says when the last of a round is there. */
export class Arrivals {
  #left = 0;
  #done: (() => void) | undefined;

  expect(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  add(count: number): void {
    this.#left -= count;
    if (this.#left === 0) this.#done?.();
  }
}
