import type { Clock } from '../clock/index.js';
import { BotgoError } from '../errs/index.js';
import type { Handling } from './handling.js';

/** Which handlings have run for too long. All have the same time, so the one that started first is the next. */
export class Deadlines {
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #onLate: (handling: Handling, error: BotgoError) => void;
  /** Oldest start first. */
  readonly #running = new Set<Handling>();
  #cancelTimer: (() => void) | undefined;

  /** @param timeoutMs - `Infinity`: nothing is ever late. */
  constructor(timeoutMs: number, clock: Clock, onLate: (handling: Handling, error: BotgoError) => void) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#onLate = onLate;
  }

  /** Its time runs from now on. */
  start(handling: Handling): void {
    handling.startedMs = this.#clock.now();
    this.#running.add(handling);
    this.#arm();
  }

  /** It is over, or waits for something that is not its own. */
  stop(handling: Handling): void {
    this.#running.delete(handling);
  }

  #arm(): void {
    if (this.#cancelTimer || !Number.isFinite(this.#timeoutMs)) return;
    const [next] = this.#running;
    if (!next) return;
    this.#cancelTimer = this.#clock.after(next.startedMs + this.#timeoutMs - this.#clock.now(), () => {
      this.#cancelTimer = undefined;
      this.#expire();
      this.#arm();
    });
  }

  #expire(): void {
    const nowMs = this.#clock.now();
    for (const handling of this.#running) {
      if (handling.startedMs + this.#timeoutMs > nowMs) return;
      const { t, id } = handling.event;
      const error = new BotgoError(
        'BOTGO_HANDLER_TIMEOUT',
        `the handler of ${t} ${id ?? '(no id)'} did not return within ${this.#timeoutMs} ms: raise handlerTimeoutMs or return sooner`,
      );
      this.#onLate(handling, error);
    }
  }
}
