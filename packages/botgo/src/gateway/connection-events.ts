import type { WSUser } from '../dto/index.js';
import type { BotgoError } from '../errs/index.js';
import type { ConnectKind, DisconnectCause, State } from './protocol-types.js';

/** Events a {@link Connection} emits; tuple = listener arguments. Listeners run synchronously. */
export interface ConnectionEvents {
  /** The shard is live. `resumed`: its earlier session goes on. */
  ready: [info: { sessionId: string; user: WSUser | undefined; resumed: boolean }];
  /** The socket is gone; `next` says what follows. */
  disconnect: [
    info: {
      cause: DisconnectCause;
      code: number;
      reason: string;
      next: ConnectKind | 'fatal';
      attempt: number;
    },
  ];
  /** A session ended that we had not closed; events after `lastSeq`, sent between `fromMs` and `toMs`, may be lost. */
  gap: [info: GapInfo];
  /** Permit or token could not be had; it is tried again. */
  refused: [error: BotgoError];
  /** Reading stopped because handlers are behind, or goes on. */
  pressure: [info: { isPaused: boolean }];
}

/** Where events may have been lost. */
export interface GapInfo {
  readonly shard: number;
  readonly shardCount: number;
  readonly sessionId: string;
  /** The last `s` received of that session, as far as is known. */
  readonly lastSeq: number | null;
  /**
   * Nothing that was sent before this time is missing (Unix milliseconds): when the last acknowledged heartbeat was sent, or the
   * session began. Where it was taken over, the last of these before which its last owner had stored everything as settled. Look for
   * what is missing from here on.
   */
  readonly fromMs: number;
  /** When the next session began, or the shard stopped without one (Unix milliseconds). */
  readonly toMs: number;
  /** `state-unreadable`: what was stored of the session is of a newer release, or damaged, so that nobody here could resume it. */
  readonly reason: 'resume-refused' | 'session-ended' | 'state-unreadable';
}

/** What a connection can say about itself. */
export interface ConnectionStatus {
  readonly phase: State['phase']['name'];
  /** It takes events now. */
  readonly isLive: boolean;
  readonly sessionId: string | undefined;
  readonly checkpoint: number | undefined;
  /** Highest `s` received. */
  readonly received: number | undefined;
  /** Unix time in milliseconds: everything sent before has come. `undefined` before the first session. */
  readonly wholeAtMs: number | undefined;
  readonly unsettled: number;
  readonly attempt: number;
  readonly isPaused: boolean;
  /** Why it stopped. */
  readonly error: BotgoError | undefined;
}
