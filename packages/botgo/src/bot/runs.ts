import type { Clock } from '../clock/index.js';
import { BotgoError } from '../errs/index.js';
import type { EventSource } from '../event/index.js';

/** How often a source that starts is asked whether it receives events. */
const READY_POLL_MS = 50;

export interface RunsOptions {
  readonly clock: Clock;
  /** Called once, when the last source has ended. */
  readonly onEnd: () => Promise<void>;
  /** Called when a source that had started ends by an error. */
  readonly onFailure: (error: unknown) => void;
}

/** The sources of one bot, from the first one's start to the last one's end. */
export class Runs {
  /** Resolves after the end; rejects when a source that had started ended by an error. */
  readonly stopped: Promise<void>;
  readonly #options: RunsOptions;
  readonly #running = new Map<EventSource, Promise<void>>();
  #settleStopped: { resolve: () => void; reject: (error: unknown) => void } = { resolve() {}, reject() {} };
  #state: 'idle' | 'running' | 'stopping' | 'stopped' = 'idle';
  #failure: { readonly error: unknown } | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.stopped = new Promise((resolve, reject) => {
      this.#settleStopped = { resolve, reject };
    });
  }

  get state(): 'idle' | 'running' | 'stopping' | 'stopped' {
    return this.#state;
  }

  /** Whether there is a source, and each of them takes events. */
  get isReady(): boolean {
    if (this.#state !== 'running') return false;
    return [...this.#running.keys()].every((source) => source.status?.().isReady ?? true);
  }

  /** Starts a source that receives from the first moment. @throws {BotgoError} `BOTGO_CLOSED` once the bot was stopped. */
  add(source: EventSource, run: () => Promise<void>): void {
    this.#follow(source, this.#launch(source, run));
  }

  /**
   * Starts a source; resolves when it receives, or was stopped before that.
   * @throws What it ended by before it received: nobody else is told then, and another start may follow.
   */
  async start(source: EventSource, run: () => Promise<void>, isReady: () => boolean): Promise<void> {
    const ended = this.#launch(source, run);
    const poll = new AbortController();
    try {
      await Promise.race([ended, this.#untilReady(isReady, poll.signal)]);
    } catch (error) {
      this.#running.delete(source);
      if (this.#running.size === 0 && this.#state === 'running') this.#state = 'idle';
      throw error;
    } finally {
      poll.abort();
    }
    this.#follow(source, ended);
  }

  /** Stops every source and waits for its end. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Says that somebody was told of the failure, so that `stopped` need not end the process. */
  markAsTold(): void {
    this.stopped.catch(() => {});
  }

  #launch(source: EventSource, run: () => Promise<void>): Promise<void> {
    if (this.#state === 'stopping' || this.#state === 'stopped')
      throw new BotgoError('BOTGO_CLOSED', 'the bot was stopped: make a new one');
    this.#state = 'running';
    const ended = run();
    this.#running.set(source, ended);
    return ended;
  }

  async #untilReady(isReady: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isReady()) await this.#options.clock.sleep(READY_POLL_MS, signal);
  }

  #follow(source: EventSource, ended: Promise<void>): void {
    void ended
      .catch((error: unknown) => {
        this.#failure ??= { error };
        this.#options.onFailure(error);
      })
      .then(() => {
        this.#running.delete(source);
        return this.#running.size === 0 && this.#state === 'running' ? this.#finish() : undefined;
      });
  }

  async #stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopping';
    const sources = [...this.#running];
    await Promise.allSettled(sources.flatMap(([source, ended]) => [source.stop(), ended]));
    await this.#finish();
  }

  async #finish(): Promise<void> {
    this.#state = 'stopped';
    await this.#options.onEnd();
    if (this.#failure) this.#settleStopped.reject(this.#failure.error);
    else this.#settleStopped.resolve();
  }
}
