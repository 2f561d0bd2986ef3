/** How long an interaction waits for its answer. Source: openapi.md 24, row 34. */
export const INTERACTION_WINDOW_MS = 3_000;

export type InteractionState = 'waiting' | 'unknown' | 'expired' | 'answered' | 'other-app';

/** Interactions that wait for `PUT /interactions/{id}`. Times are passed in. */
export class Interactions {
  readonly #open = new Map<
    string,
    { readonly appId: string; readonly atMs: number; code: number | undefined }
  >();

  add(id: string, appId: string, nowMs: number): void {
    this.#open.set(id, { appId, atMs: nowMs, code: undefined });
    // Answers are read by people and tests soon after; a load run must not keep them all.
    if (this.#open.size > 10_000) {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined) this.#open.delete(oldest);
    }
  }

  answer(id: string, appId: string, code: number, nowMs: number): InteractionState {
    const found = this.#open.get(id);
    if (found === undefined) return 'unknown';
    if (found.appId !== appId) return 'other-app';
    if (found.code !== undefined) return 'answered';
    if (nowMs - found.atMs > INTERACTION_WINDOW_MS) return 'expired';
    found.code = code;
    return 'waiting';
  }

  /** The code that a bot answered with. */
  answerOf(id: string): number | undefined {
    return this.#open.get(id)?.code;
  }
}
