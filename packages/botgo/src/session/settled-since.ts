import type { ConnectionStatus, HeldSession } from '../gateway/index.js';

/** Everything sent before `wholeAtMs` had come when `mark` was the last that had. */
interface Received {
  readonly wholeAtMs: number;
  readonly mark: number;
}

/** Shorter steps say nothing that anybody could use. */
const STEP_MS = 1_000;
/** Steps that are remembered while one event holds the checkpoint up; further ones wait for it. */
const MAX_STEPS = 64;

/**
 * Since when events of a session may be unsettled. What has come is known by heartbeats, what is settled by the checkpoint: everything
 * sent before a heartbeat is settled when the checkpoint has passed what had come with its acknowledgement.
 */
export class SettledSince {
  #sessionId: string | undefined;
  #settledAtMs: number | undefined;
  #steps: Received[] = [];

  /** @param settledAtMs - Of the session that is taken over, Unix time in milliseconds. */
  constructor(sessionId: string | undefined, settledAtMs: number) {
    this.#sessionId = sessionId;
    this.#settledAtMs = sessionId === undefined ? undefined : settledAtMs;
  }

  /** Unix time in milliseconds: all of the session that was sent before is settled; `undefined` while that is not known. */
  at(session: HeldSession | undefined, status: ConnectionStatus | undefined): number | undefined {
    if (session?.id !== this.#sessionId) {
      this.#sessionId = session?.id;
      // Before its begin it had nothing to settle.
      this.#settledAtMs = session && status?.wholeAtMs;
      this.#steps = [];
    }
    if (!session || !status) return this.#settledAtMs;
    const { wholeAtMs, received = Number.NEGATIVE_INFINITY } = status;
    const last = this.#steps.at(-1)?.wholeAtMs ?? this.#settledAtMs ?? Number.NEGATIVE_INFINITY;
    // Another connection than ours may not say it.
    if (wholeAtMs !== undefined && wholeAtMs >= last + STEP_MS && this.#steps.length < MAX_STEPS)
      this.#steps.push({ wholeAtMs, mark: received });
    const checkpoint = session.seq ?? Number.NEGATIVE_INFINITY;
    const open = this.#steps.findIndex(({ mark }) => mark > checkpoint);
    const passed = this.#steps.splice(0, open === -1 ? this.#steps.length : open);
    this.#settledAtMs = passed.at(-1)?.wholeAtMs ?? this.#settledAtMs;
    return this.#settledAtMs;
  }
}
