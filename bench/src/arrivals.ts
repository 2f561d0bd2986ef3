/** Counts what arrives and says when the last of a round is there. */
export class Arrivals {
  /** Of all texts that were read: kept, so that reading them cannot be left out. */
  characters = 0;
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

  /** Reads a message's text, as a handler would, and counts the message. */
  read(text: string | undefined): void {
    this.characters += text?.length ?? 0;
    this.add(1);
  }
}
