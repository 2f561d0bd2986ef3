import diagnostics, { type Channel } from 'node:diagnostics_channel';

/**
 * Names of the `diagnostics_channel`s the SDK publishes on, `botgo:<area>:<what>`, with the shape of each message. Nothing is
 * computed while nobody listens: publishers ask `hasSubscribers` first. Messages carry no token, secret or message body.
 */
export interface DiagnosticsMessages {
  /** A gateway connection changed its phase. */
  'botgo:gateway:phase': { shard: number; shardCount: number; phase: string };
  /** A gateway connection ended; `willResume` says what comes next. */
  'botgo:gateway:disconnect': {
    shard: number;
    code: number;
    reason: string;
    willResume: boolean;
    attempt: number;
  };
  /** A heartbeat was acknowledged. */
  'botgo:gateway:ack': { shard: number; latencyMs: number };
  /** Events may have been lost: a session ended that the SDK had not closed. */
  'botgo:gateway:gap': {
    shard: number;
    sessionId: string;
    lastSeq: number | null;
    fromMs: number;
    toMs: number;
    reason: string;
  };
  /** A handler settled. */
  'botgo:delivery:settled': { type: string; id: string | undefined; outcome: string; durationMs: number };
  /** A lane paused or resumed reading because handlers fell behind. */
  'botgo:delivery:pressure': { lane: string; paused: boolean; waiting: number };
  /** An OpenAPI request ended, successfully or not. */
  'botgo:openapi:request': {
    method: string;
    path: string;
    status: number;
    durationMs: number;
    attempt: number;
    traceId: string | undefined;
  };
  /** An access token was fetched or could not be fetched. */
  'botgo:token:refresh': { appId: string; ok: boolean; durationMs: number };
  /** A batch of the relay was acknowledged by the broker, or refused by it. */
  'botgo:relay:publish': { size: number; bytes: number; ok: boolean; durationMs: number };
  /** Messages of a partition that its consumer group has not acknowledged. */
  'botgo:relay:lag': { consumer: string; partition: string; messages: number };
  /** A message behind the relay was given up; it is among the dead letters. */
  'botgo:relay:dead-letter': { partition: string; type: string; outcome: string };
  /** The session manager's ownership of a shard changed. */
  'botgo:session:ownership': { member: string; resource: string; owned: boolean; token: number };
}

/** Name of a diagnostics channel of the SDK. */
export type DiagnosticsName = keyof DiagnosticsMessages;

/** A typed `diagnostics_channel`. */
export interface DiagnosticsChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

/** The channel of that name; the same object for every caller in a process, as `diagnostics_channel` defines it. */
export function diagnosticsChannel<Name extends DiagnosticsName>(
  name: Name,
): DiagnosticsChannel<DiagnosticsMessages[Name]> {
  return diagnostics.channel(name) as Channel<unknown, DiagnosticsMessages[Name]>;
}
