import { CloseCode } from '../dto/index.js';

/** What to do after a close: `resume` the session if one is held, `identify` anew (the session is over), or stop (`fatal`). */
export type CloseVerdict = 'resume' | 'identify' | 'fatal';

/** One row of the policy. */
export interface ClosePolicy {
  readonly verdict: CloseVerdict;
  /** For a fatal code: what the operator should do. */
  readonly advice?: string;
  /** Get a new access token first. */
  readonly refreshToken?: true;
  /** Wait at least this long, in milliseconds. */
  readonly waitMs?: number;
}

const RESUME: ClosePolicy = Object.freeze({ verdict: 'resume' });
const IDENTIFY: ClosePolicy = Object.freeze({ verdict: 'identify' });

function fatal(advice: string): ClosePolicy {
  return Object.freeze({ verdict: 'fatal', advice });
}

/**
 * The close codes that say more than "the connection broke". Sources: the platform's close-code table and, for 4000, 4003, 4004
 * and 4005, BotGo's `errs`; where they disagree the table wins (4009 resumes).
 */
const POLICY: ReadonlyMap<number, ClosePolicy> = new Map<number, ClosePolicy>([
  [CloseCode.UnknownError, IDENTIFY],
  [CloseCode.UnknownOpCode, fatal('the gateway does not know an opcode we sent: update botgo')],
  [CloseCode.DecodeError, fatal('the gateway could not read a payload we sent: update botgo')],
  [CloseCode.NotAuthenticate, IDENTIFY],
  // The token ran out, not the session: the newest official client resumes here.
  [CloseCode.AuthenticationFail, Object.freeze({ verdict: 'resume', refreshToken: true })],
  [CloseCode.AlreadyAuthenticate, IDENTIFY],
  [CloseCode.SessionNoLongerValid, IDENTIFY],
  [CloseCode.InvalidSeq, IDENTIFY],
  [CloseCode.RateLimit, Object.freeze({ verdict: 'resume', waitMs: 60_000 })],
  [CloseCode.SessionTimeOut, RESUME],
  [CloseCode.InvalidShard, fatal('the shard is not valid: check shard id and shard count')],
  [CloseCode.ShardingRequired, fatal('this shard has too many guilds: start with more shards')],
  [CloseCode.InvalidAPIVersion, fatal('the gateway does not serve this version: update botgo')],
  [CloseCode.InvalidIntents, fatal('the intents are not valid: check the mask')],
  [
    CloseCode.DisallowedIntents,
    fatal('an intent is not permitted for this bot: drop it or apply for it on the platform'),
  ],
  [
    CloseCode.BotOffline,
    fatal('the bot is taken offline, only its sandbox is allowed: check the environment'),
  ],
  [CloseCode.BotBanned, fatal('the bot is banned: appeal on the platform')],
]);

/** What to do after a close with `code`. A code of no special meaning (1000, 1006, any other) resumes. */
export function closePolicy(code: number): ClosePolicy {
  if (code >= CloseCode.InternalErrorFirst && code <= CloseCode.InternalErrorLast) return IDENTIFY;
  return POLICY.get(code) ?? RESUME;
}

/** We close with it when we mean to resume: 1000 may end the session. A code of the range that libraries may choose (RFC 6455 7.4.2). */
export const RESUMABLE_CLOSE_CODE = 3900;
