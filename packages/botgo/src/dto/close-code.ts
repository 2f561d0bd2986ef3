import type { OpenNumber } from './open-enum.js';

/**
 * Close codes of the gateway. The keys are BotGo's names without `WSCodeBackend` (its misspelt `DisallowdIntents` put
 * right). What to do on each is not here but in the gateway's policy table.
 */
export const CloseCode = {
  UnknownError: 4000,
  UnknownOpCode: 4001,
  DecodeError: 4002,
  NotAuthenticate: 4003,
  AuthenticationFail: 4004,
  AlreadyAuthenticate: 4005,
  SessionNoLongerValid: 4006,
  InvalidSeq: 4007,
  RateLimit: 4008,
  SessionTimeOut: 4009,
  InvalidShard: 4010,
  ShardingRequired: 4011,
  InvalidAPIVersion: 4012,
  InvalidIntents: 4013,
  DisallowedIntents: 4014,
  /** First of the 14 internal errors, 4900 to 4913. */
  InternalErrorFirst: 4900,
  /** Last of the 14 internal errors, 4900 to 4913. */
  InternalErrorLast: 4913,
  BotOffline: 4914,
  BotBanned: 4915,
} as const;

export type CloseCode = OpenNumber<typeof CloseCode>;

const meanings: ReadonlyMap<number, string> = new Map([
  [CloseCode.UnknownError, 'unknown error'],
  [CloseCode.UnknownOpCode, 'invalid opcode'],
  [CloseCode.DecodeError, 'invalid payload'],
  [CloseCode.NotAuthenticate, 'not authenticated yet'],
  [CloseCode.AuthenticationFail, 'authentication failed: refresh the access token'],
  [CloseCode.AlreadyAuthenticate, 'already authenticated'],
  [CloseCode.SessionNoLongerValid, 'the session id is no longer valid'],
  [CloseCode.InvalidSeq, 'wrong sequence number'],
  [CloseCode.RateLimit, 'payloads sent too fast'],
  [CloseCode.SessionTimeOut, 'the connection expired'],
  [CloseCode.InvalidShard, 'invalid shard'],
  [CloseCode.ShardingRequired, 'too many guilds for this shard: use more shards'],
  [CloseCode.InvalidAPIVersion, 'invalid version'],
  [CloseCode.InvalidIntents, 'invalid intents'],
  [CloseCode.DisallowedIntents, 'an intent that the bot has no permission for'],
  [CloseCode.BotOffline, 'the bot was taken offline: only the sandbox is allowed'],
  [CloseCode.BotBanned, 'the bot is banned'],
]);

/** What a close code of the gateway means, in English; undefined for a code that is not the platform's. */
export function closeCodeMeaning(code: CloseCode): string | undefined {
  if (code >= CloseCode.InternalErrorFirst && code <= CloseCode.InternalErrorLast)
    return 'internal error of the platform';
  return meanings.get(code);
}
