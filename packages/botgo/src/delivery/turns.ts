import type { Cancel, Clock } from '../clock/index.js';

/** A turn waits no longer for handlers that were running before it, and lasts no longer: slow handlers must not stop a bot. */
export const TURN_MS = 5_000;

interface Turn {
  readonly record: object | undefined;
  readonly begin: () => void;
}

/**
 * Lets one handler run with no other beside it. Whoever asks for a turn gets it when the handlers that run have ended; meanwhile,
 * and until it ends, no other is begun. Without anybody who asks it is open and costs a comparison.
 */
export class Turns {
  /** Nobody has a turn or asks for one: handlers may begin. */
  isOpen = true;
  readonly #clock: Clock;
  readonly #asking = new Set<Turn>();
  #held: (() => void)[] = [];
  /** Handlers that run. */
  #handlers = 0;
  #holder: Turn | undefined;
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A handler begins; each is followed by one {@link left}. */
  entered(): void {
    this.#handlers++;
  }

  left(): void {
    this.#handlers--;
    if (!this.isOpen) this.#next(false);
  }

  /** Waits until it is open. @throws `signal.reason` */
  async pass(signal: AbortSignal): Promise<void> {
    while (!this.isOpen) {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
      signal.throwIfAborted();
    }
  }

  /** Whether the next turn is of one with the same record. */
  isNext(record: object | undefined): boolean {
    const [next] = this.#asking;
    return record !== undefined && next?.record === record;
  }

  /** Waits for a turn, in the order of asking. @returns Ends the turn; it ends by itself after {@link TURN_MS}. @throws `signal.reason` */
  take(signal: AbortSignal, record?: object): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        this.#asking.delete(turn);
        reject(signal.reason);
        this.#next(false);
      };
      const turn: Turn = {
        record,
        begin: () => {
          signal.removeEventListener('abort', onAbort);
          resolve(() => this.#end(turn));
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#asking.add(turn);
      this.isOpen = false;
      this.#next(false);
    });
  }

  /** @param isLate - It has waited for the running handlers as long as it may. */
  #next(isLate: boolean): void {
    if (this.#holder) return;
    const [first] = this.#asking;
    if (first && this.#handlers > 0 && !isLate) {
      this.#cancel ??= this.#clock.after(TURN_MS, () => this.#next(true));
      return;
    }
    this.#cancel?.();
    this.#cancel = undefined;
    if (!first) return this.#open();
    this.#asking.delete(first);
    this.#holder = first;
    this.#cancel = this.#clock.after(TURN_MS, () => this.#end(first));
    first.begin();
  }

  #end(turn: Turn): void {
    if (this.#holder !== turn) return;
    this.#holder = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#next(false);
  }

  #open(): void {
    this.isOpen = true;
    const held = this.#held;
    this.#held = [];
    for (const goOn of held) goOn();
  }
}
