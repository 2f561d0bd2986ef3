import { abortedError, ConfigError } from '../errs/index.js';

/** Text that arrives in pieces: an async iterable (a language model's answer, a web stream) or a plain one. */
export type TextSource = AsyncIterable<string> | Iterable<string>;

/** Reads a source ahead of whoever shows it, and says when there is more. */
export class TextFeed {
  #text = '';
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #onChange: (() => void) | undefined;
  readonly #source: TextSource;
  readonly #signal: AbortSignal | undefined;

  constructor(source: TextSource, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  /** What can be shown: a surrogate whose partner has not come waits for it, since it would be shown as another character. */
  get text(): string {
    return this.#isEnded ? this.#text : this.#text.replace(/[\ud800-\udbff]$/, '');
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Why the source ended, when it did not come to its end. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Resolves when there is more to show or the source has ended; at once when it has. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isEnded) resolve();
      else this.#onChange = resolve;
    });
  }

  /** Reads until the source ends, fails or is aborted; never rejects. A source that does not answer its end is not waited for. */
  async run(): Promise<void> {
    let give: ((reason: unknown) => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      give = reject;
    });
    aborted.catch(() => {});
    const signal = this.#signal;
    const onAbort = (): void => give?.(signal && abortedError(signal, 'the streamed answer'));
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const source = this.#source;
    let iterator: AsyncIterator<string> | Iterator<string> | undefined;
    try {
      // A string is iterable too, by characters: show it at once.
      iterator =
        typeof source === 'string'
          ? [source][Symbol.iterator]()
          : Symbol.asyncIterator in source
            ? source[Symbol.asyncIterator]()
            : source[Symbol.iterator]();
      for (;;) {
        const next = await Promise.race([iterator.next(), aborted]);
        if (next.done) break;
        if (typeof next.value !== 'string')
          throw new ConfigError(
            `a streamed answer is made of strings, got ${typeof next.value}: yield the text of each piece`,
          );
        if (next.value === '') continue;
        this.#text += next.value;
        this.#tell();
      }
    } catch (error) {
      this.#failure = { error };
      // An iterator that waits for its model answers only later, or never.
      void Promise.resolve(iterator?.return?.()).catch(() => {});
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#isEnded = true;
      this.#tell();
    }
  }

  #tell(): void {
    const tell = this.#onChange;
    this.#onChange = undefined;
    tell?.();
  }
}
