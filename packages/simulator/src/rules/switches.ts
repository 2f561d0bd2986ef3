import { FieldError, type JsonObject } from '../json.js';

/**
 * What the platform's documents leave open, as switches: another value is another possible platform. A bot must live
 * with each of them. FIDELITY.md says why the defaults are what they are.
 */
export interface Switches {
  /** Outer event id: the same on every session, another per session, or absent. */
  eventIds: 'same' | 'per-session' | 'absent';
  /** Is the replay buffer cut at the `d` of a heartbeat. */
  trimOnHeartbeat: boolean;
  /** Does an Identify with another shard count (or of the same shard) end older sessions. */
  generations: 'coexist' | 'newest-wins';
  /** A Resume of a session whose connection still lives: takes it over, or is refused. */
  secondResume: 'newest-wins' | 'refused';
  /** Does a client's close with 1000 end the session. */
  close1000: 'ends' | 'keeps';
  /** Which shard gets C2C and group events. */
  eventsWithoutGuild: 'hash' | 'shard0' | 'all' | 'newest';
  /** Events that a session keeps for a Resume, and for how long. */
  replayEvents: number;
  replayMs: number;
  /** Does a Resume count as a session start. */
  resumesCount: boolean;
  /** `heartbeat_interval` of Hello, ms. */
  heartbeatMs: number;
  /** Heartbeat intervals without a heartbeat after which the connection is closed with 4009; 0 = never. */
  heartbeatMisses: number;
  /** Payloads that one connection may send in a minute; above it 4008. 0 = no limit. */
  payloadsPerMinute: number;
  /** Proactive C2C and group messages: refused, four a month, or the limits of 2026. */
  proactive: 'off' | 'monthly4' | 'daily1000';
  /** Replies to one C2C message: 4 (2026) or 5 (2025). */
  c2cReplies: number;
  /** Send limits per second, minute and day; off for a load run. */
  rateLimits: boolean;
  /** Messages to channels need a live gateway session (304018). */
  needsConnection: boolean;
  /** Which messages wait for an audit: 202 with 304023/304024, then MESSAGE_AUDIT_*. */
  audit: 'off' | 'proactive' | 'all';
  /** How long an audit takes, ms, and how it ends. */
  auditMs: number;
  auditResult: 'pass' | 'reject';
  /** Parts of an upload that may be sent at a time. */
  uploadConcurrency: number;
  /** An event is never sent again after a delivery that failed; else so many times, so many ms apart (doubling). */
  webhookRetries: number;
  webhookRetryMs: number;
  webhookTimeoutMs: number;
}

export const SWITCH_DEFAULTS: Readonly<Switches> = {
  eventIds: 'same',
  trimOnHeartbeat: true,
  generations: 'coexist',
  secondResume: 'newest-wins',
  close1000: 'ends',
  eventsWithoutGuild: 'hash',
  replayEvents: 20_000,
  replayMs: 300_000,
  resumesCount: false,
  heartbeatMs: 45_000,
  heartbeatMisses: 2.5,
  payloadsPerMinute: 600,
  proactive: 'daily1000',
  c2cReplies: 4,
  rateLimits: true,
  needsConnection: true,
  audit: 'off',
  auditMs: 500,
  auditResult: 'pass',
  uploadConcurrency: 1,
  webhookRetries: 3,
  webhookRetryMs: 1_000,
  webhookTimeoutMs: 5_000,
};

const CHOICES: { readonly [name: string]: readonly string[] } = {
  eventIds: ['same', 'per-session', 'absent'],
  generations: ['coexist', 'newest-wins'],
  secondResume: ['newest-wins', 'refused'],
  close1000: ['ends', 'keeps'],
  eventsWithoutGuild: ['hash', 'shard0', 'all', 'newest'],
  proactive: ['off', 'monthly4', 'daily1000'],
  audit: ['off', 'proactive', 'all'],
  auditResult: ['pass', 'reject'],
};

/**
 * Applies values to `switches`, all or none. Words of a command line are understood: `on`, `off`, `true`, `false`, numbers as text.
 * @throws {FieldError} for an unknown switch or value
 */
export function setSwitches(switches: Switches, values: JsonObject): void {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(SWITCH_DEFAULTS, name)) {
      throw new FieldError(
        `switches.${name}`,
        `is not a switch; known are ${Object.keys(SWITCH_DEFAULTS).join(', ')}`,
      );
    }
    checked[name] = checkSwitch(name, value);
  }
  Object.assign(switches, checked);
}

function checkSwitch(name: string, value: unknown): unknown {
  const choices = CHOICES[name];
  if (choices !== undefined) {
    if (typeof value === 'string' && choices.includes(value)) return value;
    throw new FieldError(`switches.${name}`, `must be one of ${choices.join(', ')}`);
  }
  if (typeof SWITCH_DEFAULTS[name as keyof Switches] === 'boolean') {
    if (value === true || value === 'on' || value === 'true') return true;
    if (value === false || value === 'off' || value === 'false') return false;
    throw new FieldError(`switches.${name}`, 'must be on or off');
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0 && Number.isFinite(number)) return number;
  throw new FieldError(`switches.${name}`, 'must be a number of at least 0');
}
