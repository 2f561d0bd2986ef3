import type { Clock } from '../clock/index.js';
import { BotgoError } from '../errs/index.js';
import type { DeliveredEvent, Handling, NextOptions } from './handling.js';

interface Waiter {
  accept: (event: DeliveredEvent) => boolean;
  give: (event: DeliveredEvent) => void;
  handling: Handling;
}

/** Handlers that wait for the next event of their key. */
export class Waiters {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Waiter[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Gives an event to the handler that has waited longest for one like it. @returns Who took it. */
  offer(key: string, event: DeliveredEvent): Handling | undefined {
    const waiters = this.#byKey.get(key);
    const waiter = waiters?.find((candidate) => accepts(candidate, event));
    waiter?.give(event);
    return waiter?.handling;
  }

  wait(key: string, handling: Handling, options: NextOptions): Promise<DeliveredEvent> {
    const timeoutMs = options.timeoutMs ?? 60_000;
    const { signal } = handling;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiter: Waiter = {
        accept: options.accept ?? isMessage,
        give: (event) => {
          end();
          resolve(event);
        },
        handling,
      };
      const cancelTimer = this.#clock.after(timeoutMs, () => {
        end();
        reject(
          new BotgoError(
            'BOTGO_TIMEOUT',
            `no further event of this conversation came within ${timeoutMs} ms`,
          ),
        );
      });
      const onAbort = (): void => {
        end();
        reject(signal.reason);
      };
      const end = (): void => {
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        this.#remove(key, waiter);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const waiters = this.#byKey.get(key);
      if (waiters) waiters.push(waiter);
      else this.#byKey.set(key, [waiter]);
    });
  }

  #remove(key: string, waiter: Waiter): void {
    const waiters = this.#byKey.get(key)?.filter((other) => other !== waiter) ?? [];
    if (waiters.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, waiters);
  }
}

function isMessage(event: DeliveredEvent): boolean {
  return event.t.endsWith('MESSAGE_CREATE');
}

function accepts(waiter: Waiter, event: DeliveredEvent): boolean {
  try {
    return waiter.accept(event);
  } catch {
    // The caller's own predicate failed on this event: it is not the awaited one, and the handler's queue gets it.
    return false;
  }
}
