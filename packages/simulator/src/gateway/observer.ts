/** A session as the control API shows it. */
export interface SessionView {
  readonly sessionId: string;
  readonly appId: string;
  readonly shard: number;
  readonly count: number;
  readonly intents: number;
  /** Newest sequence number. */
  readonly s: number;
  readonly connected: boolean;
  readonly ended: boolean;
  /** Events that could be replayed. */
  readonly buffered: number;
}

/** Why an event did not reach a session and never will. */
export type RefusedReason = 'resume-refused' | 'buffer-ended' | 'no-session';

/** What the gateway tells about itself: to the stream of the control API and to the record of a load run. */
export interface GatewayObserver {
  connected(connection: number): void;
  disconnected(connection: number, code: number, session: SessionView | undefined): void;
  identified(session: SessionView): void;
  resumed(session: SessionView, replayed: number): void;
  /** An Identify or Resume that was turned down. */
  rejected(info: {
    readonly what: 'identify' | 'resume';
    readonly code: number;
    readonly reason: string;
  }): void;
  /** A session that the platform ended, or refused to resume, while the bot had not closed it. */
  sessionEnded(session: SessionView, reason: string): void;
  heartbeat(session: SessionView | undefined, d: unknown): void;
  /** Numbered events that will not come any more. */
  eventsRefused(numbers: readonly number[], reason: RefusedReason): void;
}
