import { ConfigError } from '../errs/index.js';

/** How a connection behaves over time. All times in milliseconds. */
export interface ProtocolOptions {
  /** From opening the socket to Hello. Default 10,000. */
  readonly helloTimeoutMs?: number | undefined;
  /** From Identify to READY, and between two frames of a replay. Default 20,000. */
  readonly readyTimeoutMs?: number | undefined;
  /** A heartbeat was sent and no frame of any kind came for this long: the socket is dead. Default: one heartbeat interval. */
  readonly ackTimeoutMs?: number | undefined;
  /** ACKs in a row that may be missing although other frames come. Default 3. */
  readonly maxMissedAcks?: number | undefined;
  /** Longest pause before the first retry; doubles with each further one. Pauses are drawn from 0 to that. Default 1,000. */
  readonly backoffBaseMs?: number | undefined;
  /** No pause is longer. Default 60,000. */
  readonly backoffMaxMs?: number | undefined;
  /** A connection that lived this long ends the series of retries. Default 5,000. */
  readonly stableAfterMs?: number | undefined;
  /** Refused resumes after which the session is given up. Default 3. */
  readonly maxResumeAttempts?: number | undefined;
  /** Op 9 answers in a row after which the shard stops. Default 5. */
  readonly maxInvalidSessions?: number | undefined;
  /** Closes with 4004 in a row after which the shard stops. Default 5. */
  readonly maxAuthFailures?: number | undefined;
  /** No event for this long on a shard that should be busy: resume to find out whether it is deaf. Default: never. */
  readonly silenceMs?: number | undefined;
  /** Free text for Identify's `properties`; without effect on the platform. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
}

export const PROTOCOL_DEFAULTS = Object.freeze({
  helloTimeoutMs: 10_000,
  readyTimeoutMs: 20_000,
  maxMissedAcks: 3,
  backoffBaseMs: 1_000,
  backoffMaxMs: 60_000,
  stableAfterMs: 5_000,
  maxResumeAttempts: 3,
  maxInvalidSessions: 5,
  maxAuthFailures: 5,
});

/** {@link ProtocolOptions} with every default filled in, and what the connection is for. */
export interface ResolvedProtocolOptions {
  readonly shard: number;
  readonly shardCount: number;
  readonly intents: number;
  readonly helloTimeoutMs: number;
  readonly readyTimeoutMs: number;
  readonly ackTimeoutMs: number | undefined;
  readonly maxMissedAcks: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly stableAfterMs: number;
  readonly maxResumeAttempts: number;
  readonly maxInvalidSessions: number;
  readonly maxAuthFailures: number;
  readonly silenceMs: number | undefined;
  readonly properties: Readonly<Record<string, string>>;
}

/** Fills in defaults and validates. @throws {ConfigError} on a bad value. */
export function resolveProtocolOptions(
  target: { shard: number; shardCount: number; intents: number },
  options: ProtocolOptions = {},
): ResolvedProtocolOptions {
  const { shard, shardCount, intents } = target;
  if (!Number.isInteger(shardCount) || shardCount < 1)
    throw new ConfigError(`shardCount must be at least 1, got ${shardCount}`);
  if (!Number.isInteger(shard) || shard < 0 || shard >= shardCount) {
    throw new ConfigError(`shard must be from 0 to ${shardCount - 1}, got ${shard}`);
  }
  if (!Number.isInteger(intents) || intents <= 0) {
    throw new ConfigError(
      `intents must be a positive bit mask, got ${intents}: register a handler, or name the intents`,
    );
  }
  const positive = (name: string, value: number): number => {
    if (!(value > 0)) throw new ConfigError(`${name} must be greater than 0, got ${value}`);
    return value;
  };
  const optional = (name: string, value: number | undefined) =>
    value === undefined ? undefined : positive(name, value);
  const d = PROTOCOL_DEFAULTS;
  return {
    shard,
    shardCount,
    intents,
    helloTimeoutMs: positive('helloTimeoutMs', options.helloTimeoutMs ?? d.helloTimeoutMs),
    readyTimeoutMs: positive('readyTimeoutMs', options.readyTimeoutMs ?? d.readyTimeoutMs),
    ackTimeoutMs: optional('ackTimeoutMs', options.ackTimeoutMs),
    maxMissedAcks: positive('maxMissedAcks', options.maxMissedAcks ?? d.maxMissedAcks),
    backoffBaseMs: positive('backoffBaseMs', options.backoffBaseMs ?? d.backoffBaseMs),
    backoffMaxMs: positive('backoffMaxMs', options.backoffMaxMs ?? d.backoffMaxMs),
    stableAfterMs: positive('stableAfterMs', options.stableAfterMs ?? d.stableAfterMs),
    maxResumeAttempts: positive('maxResumeAttempts', options.maxResumeAttempts ?? d.maxResumeAttempts),
    maxInvalidSessions: positive('maxInvalidSessions', options.maxInvalidSessions ?? d.maxInvalidSessions),
    maxAuthFailures: positive('maxAuthFailures', options.maxAuthFailures ?? d.maxAuthFailures),
    silenceMs: optional('silenceMs', options.silenceMs),
    properties: options.properties ?? {},
  };
}
