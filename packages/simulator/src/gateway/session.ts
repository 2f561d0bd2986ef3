import type { SessionView } from './observer.js';
import { type PreparedEvent, ReplayBuffer } from './replay.js';

/** What a session writes to: the live connection, seen from the protocol's side. */
export interface Line {
  /** False while a fault keeps the connection mute, and once it is closing. */
  readonly isWritable: boolean;
  /** Writes one text frame. */
  send(text: string): void;
}

export interface SessionInfo {
  readonly id: string;
  readonly appId: string;
  readonly shard: number;
  readonly count: number;
  readonly intents: number;
  /** Ordinal of the session in its simulator, for ids that differ per session. */
  readonly ordinal: number;
  readonly createdAtMs: number;
  /** True: remember the number of every event, so that a record can name what a refused Resume lost. */
  readonly keepsNumbers: boolean;
}

/** One gateway session: its numbering, its replay buffer, and the line it is on, if any. */
export class Session {
  readonly replay = new ReplayBuffer();
  readonly #numbers: number[] = [];
  line: Line | undefined;
  /** When the connection went away; undefined while there is one. */
  lostAtMs: number | undefined;
  /** The `seq` of a Resume that was refused although the session goes on; a Resume that succeeds forgets it. */
  refusedSeq: number | undefined;
  ended: false | 'by-bot' | 'by-platform' = false;
  #s = 0;

  constructor(readonly info: SessionInfo) {}

  get s(): number {
    return this.#s;
  }

  /** Numbers `event`, keeps it, and writes it when there is a connection. */
  push(event: PreparedEvent, nowMs: number): void {
    const s = ++this.#s;
    if (this.info.keepsNumbers) this.#numbers[s] = event.n;
    const writes = this.line?.isWritable === true;
    this.replay.add(s, event, nowMs, writes);
    if (writes) this.line?.send(`{"op":0,"s":${s}${event.tail}`);
  }

  /** Writes a frame of the connection itself (READY, RESUMED): numbered, never replayed. */
  announce(t: string, d: unknown): void {
    this.line?.send(`{"op":0,"s":${++this.#s},"t":"${t}","d":${JSON.stringify(d)}}`);
  }

  /** Sends everything after `s` again. */
  replayAfter(s: number): number {
    let count = 0;
    for (const kept of this.replay.after(s)) {
      this.line?.send(`{"op":0,"s":${kept.s}${kept.event.tail}`);
      count++;
    }
    return count;
  }

  /** Numbers of the recorded events after `s`. */
  numbersAfter(s: number): number[] {
    return this.#numbers.slice(s + 1).filter((n) => n > 0);
  }

  view(): SessionView {
    return {
      sessionId: this.info.id,
      appId: this.info.appId,
      shard: this.info.shard,
      count: this.info.count,
      intents: this.info.intents,
      s: this.#s,
      connected: this.line !== undefined,
      ended: this.ended !== false,
      buffered: this.replay.size,
    };
  }
}
