import type { WSUser } from '../dto/index.js';
import type { BotgoError } from '../errs/index.js';
import type { ResolvedProtocolOptions } from './protocol-options.js';

/** How the next connection will introduce itself. */
export type ConnectKind = 'identify' | 'resume';

/** Why a connection ended. `zombie`: no sign of life; `silence`: no event for `silenceMs`; `paused`: handlers fell behind too long. */
export type DisconnectCause =
  | 'closed'
  | 'zombie'
  | 'reconnect-requested'
  | 'invalid-session'
  | 'timeout'
  | 'protocol'
  | 'silence'
  | 'paused';

/** A payload as it came, decoded but not trusted. */
export interface IncomingPayload {
  readonly op: number;
  readonly t?: unknown;
  readonly d?: unknown;
}

/** What happens to a connection, as the machine sees it. `random` is drawn from [0, 1) for this input. */
export type Input = { readonly nowMs: number; readonly random: number } & (
  | {
      readonly type: 'start';
      readonly sessionId?: string | undefined;
      /** When the session to resume was last known to be whole. Default `nowMs`. */
      readonly wholeMs?: number | undefined;
    }
  /** Permit and token are there; `seq` is what a resume may say: the last event that is settled. */
  | { readonly type: 'permitted'; readonly authorization: string; readonly seq: number | undefined }
  /** Permit or token could not be had. */
  | { readonly type: 'refused'; readonly error: BotgoError; readonly isFatal: boolean }
  | { readonly type: 'opened' }
  /** Any frame except events other than READY and RESUMED, which never change the connection's state. */
  | { readonly type: 'frame'; readonly payload: IncomingPayload; readonly storedSeq: number | null }
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }
  /** Time has come; `storedSeq` is what a heartbeat may acknowledge: the last checkpoint that is stored. */
  | {
      readonly type: 'tick';
      readonly lastFrameMs: number;
      readonly lastEventMs: number;
      readonly storedSeq: number | null;
    }
  | { readonly type: 'paused' | 'unpaused' }
  /** `resumable` keeps the session for a later owner. */
  | { readonly type: 'stop'; readonly resumable: boolean }
);

/** What the machine wants done. */
export type Output =
  /** Get a permit and a token, then say `permitted` or `refused`. */
  | { readonly type: 'acquire'; readonly kind: ConnectKind }
  | { readonly type: 'connect' }
  | { readonly type: 'send'; readonly payload: { readonly op: number; readonly d: unknown } }
  /** Close with a close frame; `terminate` cuts at once. */
  | { readonly type: 'close'; readonly code: number }
  | { readonly type: 'terminate' }
  | { readonly type: 'schedule'; readonly atMs: number }
  | { readonly type: 'refresh-token' }
  | {
      readonly type: 'ready';
      readonly sessionId: string;
      readonly user: WSUser | undefined;
      readonly kind: ConnectKind;
    }
  | { readonly type: 'acked'; readonly latencyMs: number }
  | {
      readonly type: 'gap';
      readonly sessionId: string;
      readonly reason: 'resume-refused' | 'session-ended';
      readonly fromMs: number;
      readonly toMs: number;
    }
  | {
      readonly type: 'disconnected';
      readonly cause: DisconnectCause;
      readonly code: number;
      readonly reason: string;
      readonly next: ConnectKind | 'fatal';
      readonly attempt: number;
    }
  /** Something unexpected that changes nothing. */
  | { readonly type: 'odd'; readonly message: string }
  | { readonly type: 'fatal'; readonly error: BotgoError };

/** Heartbeats of one connection. */
export interface Heart {
  readonly intervalMs: number;
  readonly nextBeatMs: number;
  /** When the last heartbeat that is not acknowledged yet was sent. */
  readonly sentMs: number | undefined;
  /** When the first heartbeat was sent after which no frame of any kind came. */
  readonly unheardMs: number | undefined;
  readonly missed: number;
}

/** How a connection came to its end, before its close code is known. */
export interface ConnectionEnd {
  readonly cause: DisconnectCause;
  /** What it was doing. */
  readonly was: ConnectKind | 'ready';
  /** It lived long enough to end a series of retries. */
  readonly wasStable: boolean;
  /** Identify or Resume was sent: what happened says something about the session. */
  readonly isIntroduced: boolean;
  /** Op 9 said that the session may be resumed. */
  readonly keepsSession: boolean;
}

/** Where a connection stands; each phase carries what only it needs. */
export type Phase =
  | { readonly name: 'idle' }
  /** A pause before the next attempt. */
  | { readonly name: 'waiting'; readonly kind: ConnectKind; readonly untilMs: number }
  /** Handlers are behind: nothing is opened until they have room. */
  | { readonly name: 'held'; readonly kind: ConnectKind }
  | { readonly name: 'acquiring'; readonly kind: ConnectKind }
  /** From opening the socket to Hello. */
  | {
      readonly name: 'connecting';
      readonly kind: ConnectKind;
      readonly authorization: string;
      readonly seq: number | undefined;
      readonly untilMs: number;
    }
  /** From Identify or Resume to READY or RESUMED. */
  | {
      readonly name: 'handshaking';
      readonly kind: ConnectKind;
      readonly sinceMs: number;
      readonly heart: Heart;
    }
  | { readonly name: 'ready'; readonly sinceMs: number; readonly quietSinceMs: number; readonly heart: Heart }
  /** We are done with this socket and wait, briefly, for its close frame: its reason may explain an op 9. */
  | { readonly name: 'closing'; readonly untilMs: number; readonly end: ConnectionEnd }
  | { readonly name: 'stopped'; readonly error: BotgoError | undefined };

/** The whole state of a connection. */
export interface State {
  readonly options: ResolvedProtocolOptions;
  readonly phase: Phase;
  /** The session that can be resumed. */
  readonly sessionId: string | undefined;
  /** Nothing of the session that was sent before this time is missing; a gap begins here when the session ends. */
  readonly wholeMs: number;
  /** A session ended that we had not closed; reported when the next begins, or when there will be no next. */
  readonly lost:
    | {
        readonly sessionId: string;
        readonly reason: 'resume-refused' | 'session-ended';
        readonly fromMs: number;
      }
    | undefined;
  /** Retries since a connection was stable. */
  readonly attempt: number;
  readonly refusedResumes: number;
  /** Resumes that the network, not the gateway, ended. */
  readonly brokenResumes: number;
  readonly invalidSessions: number;
  readonly authFailures: number;
  readonly pausedSinceMs: number | undefined;
  /** Close reason of the last op 9, for the error that names it. */
  readonly invalidReason: string;
}
