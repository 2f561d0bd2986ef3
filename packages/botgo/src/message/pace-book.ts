/** So many starts in so long. */
export interface Pace {
  readonly key: string;
  readonly max: number;
  readonly windowMs: number;
}

/** Requests reach the platform less evenly than they left: a little more than its window. */
const MARGIN_MS = 50;
/** Keys kept at most. */
const CAPACITY = 20_000;

interface Track {
  /** The last `max` starts, as a ring: `next` is the oldest of them once it is full. */
  readonly starts: number[];
  next: number;
  latestMs: number;
  heldUntilMs: number;
}

/** Who may start when: at most `max` starts in any window of a key. Pure; times in milliseconds are passed in. */
export class PaceBook {
  readonly #tracks = new Map<string, Track>();

  /** How long until a start of this key is free; takes nothing. */
  delayMs({ key, max, windowMs }: Pace, nowMs: number): number {
    const track = this.#tracks.get(key);
    if (track === undefined) return 0;
    const oldestMs = track.starts.length < max ? undefined : track.starts[track.next];
    const freeMs = oldestMs === undefined ? nowMs : oldestMs + windowMs + MARGIN_MS;
    return Math.max(0, freeMs - nowMs, track.heldUntilMs - nowMs);
  }

  /** Takes the next free start. @returns How long until it. */
  take(pace: Pace, nowMs: number): number {
    const delayMs = this.delayMs(pace, nowMs);
    const track = this.#trackOf(pace.key, nowMs);
    const startMs = nowMs + delayMs;
    if (track.starts.length < pace.max) track.starts.push(startMs);
    else {
      track.starts[track.next] = startMs;
      track.next = (track.next + 1) % track.starts.length;
    }
    track.latestMs = Math.max(track.latestMs, startMs + pace.windowMs + MARGIN_MS);
    return delayMs;
  }

  /** Nobody starts before `untilMs`: the platform asked to slow down. */
  hold(key: string, untilMs: number, nowMs: number): void {
    const track = this.#trackOf(key, nowMs);
    track.heldUntilMs = Math.max(track.heldUntilMs, untilMs);
    track.latestMs = Math.max(track.latestMs, untilMs);
  }

  #trackOf(key: string, nowMs: number): Track {
    const existing = this.#tracks.get(key);
    if (existing) return existing;
    if (this.#tracks.size >= CAPACITY) this.#makeRoom(nowMs);
    const track: Track = { starts: [], next: 0, latestMs: nowMs, heldUntilMs: 0 };
    this.#tracks.set(key, track);
    return track;
  }

  /** Drops what no longer says anything, then what was made first. */
  #makeRoom(nowMs: number): void {
    for (const [key, track] of this.#tracks) if (track.latestMs <= nowMs) this.#tracks.delete(key);
    for (const key of this.#tracks.keys()) {
      if (this.#tracks.size < CAPACITY * 0.9) return;
      this.#tracks.delete(key);
    }
  }
}
