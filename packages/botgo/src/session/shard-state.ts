import { POISON_DEATHS } from '../delivery/index.js';
import type { HeldSession } from '../gateway/index.js';

/** Format of {@link ShardState}. Releases that know the same number can take shards over from each other. */
export const STATE_VERSION = 1;

/** What is stored of a shard. Never a secret: whoever takes over uses a token of its own. */
export interface ShardState {
  readonly v: typeof STATE_VERSION;
  /** `null`: the last session ended, or none began. */
  readonly session: { readonly id: string; readonly seq: number | null } | null;
  /** Unix time in milliseconds of this write. */
  readonly at: number;
  /** Unix time in milliseconds: all of the session that was sent before is settled. Absent in states of older releases. */
  readonly settledAt?: number | undefined;
  /** Marks of events whose handlers had started and not settled. */
  readonly inFlight: readonly number[];
  /** Mark → how often its process died while it was in flight. */
  readonly deaths: Readonly<Record<string, number>>;
  /** Fencing token of the owner that wrote it. Absent in states of older releases. */
  readonly token?: number | undefined;
  /** An owner died, and not everything that it may have had in flight has come again since. */
  readonly isSuspect?: boolean | undefined;
}

/**
 * Which of the events that come again may have killed an owner: none; those whose deaths are known; or all of them, since a process
 * that dies at once leaves no trace of what it was doing.
 */
export type Suspects = 'none' | 'known' | 'all';

/** What a new owner makes of the state it found. */
export interface TakenState {
  readonly session: HeldSession | undefined;
  readonly ageMs: number;
  /** How long ago all was settled that had been sent: if the session cannot be resumed, what is missing was sent since. */
  readonly settledAgeMs: number;
  readonly deaths: Readonly<Record<string, number>>;
  readonly poison: ReadonlySet<number>;
  readonly suspects: Suspects;
  /** Set when something is stored that this release cannot read: there is no session to resume, although there may have been one. */
  readonly foreign?: ForeignState | undefined;
}

/** What can be told of a state that is written in a format of a newer release, or is damaged. */
export interface ForeignState {
  /** The format's number; `undefined` for what is no state of any release. */
  readonly version: number | undefined;
  /** As far as it can be guessed, for people who look: it is never resumed. */
  readonly sessionId: string;
  readonly lastSeq: number | null;
  readonly atMs: number | undefined;
}

const NOTHING: TakenState = Object.freeze({
  session: undefined,
  ageMs: 0,
  settledAgeMs: 0,
  deaths: Object.freeze({}),
  poison: new Set<number>(),
  suspects: 'none',
});

/**
 * Reads what the last owner wrote. A state that is not understood (another format, damaged) is no session to resume; it says so.
 * @param afterCrash - The last owner did not release the shard: what it had in flight may have killed it.
 */
export function readShardState(state: unknown, afterCrash: boolean, wallNowMs: number): TakenState {
  if (!isShardState(state)) {
    const foreign = foreignStateOf(state);
    return foreign ? { ...NOTHING, foreign } : NOTHING;
  }
  const session = state.session && { id: state.session.id, seq: state.session.seq ?? undefined };
  const deaths: Record<string, number> = session ? { ...state.deaths } : {};
  if (session && afterCrash) for (const mark of state.inFlight) deaths[mark] = (deaths[mark] ?? 0) + 1;
  const poison = Object.keys(deaths).filter((mark) => (deaths[mark] ?? 0) >= POISON_DEATHS);
  return {
    session: session ?? undefined,
    ageMs: Math.max(0, wallNowMs - state.at),
    settledAgeMs: Math.max(0, wallNowMs - (state.settledAt ?? state.at)),
    deaths,
    poison: new Set(poison.map(Number)),
    suspects: suspectsOf(state, deaths, afterCrash),
  };
}

function suspectsOf({ session, isSuspect }: ShardState, deaths: object, afterCrash: boolean): Suspects {
  if (!session) return 'none';
  if (afterCrash || isSuspect) return 'all';
  return Object.keys(deaths).length > 0 ? 'known' : 'none';
}

/** What can be told of a stored state that {@link readShardState} cannot read; `undefined` when it can, or nothing is stored. */
export function foreignStateOf(state: unknown): ForeignState | undefined {
  if (state === undefined || state === null || isShardState(state)) return undefined;
  const { v, session, at } = state as Partial<Record<keyof ShardState, unknown>>;
  const { id, seq } = (session ?? {}) as { id?: unknown; seq?: unknown };
  return {
    version: typeof v === 'number' && v > STATE_VERSION ? v : undefined,
    sessionId: typeof id === 'string' ? id : '',
    lastSeq: typeof seq === 'number' ? seq : null,
    atMs: typeof at === 'number' ? at : undefined,
  };
}

/** Fencing token of the owner that wrote a state, where it says so. */
export function writerOf(state: unknown): number | undefined {
  return isShardState(state) ? state.token : undefined;
}

/** What an owner writes. Deaths of events that are settled by now are forgotten. */
export function writeShardState(
  session: HeldSession | undefined,
  inFlight: readonly number[],
  deaths: Readonly<Record<string, number>>,
  wallNowMs: number,
  { isSuspect = false, settledAt, token }: Pick<ShardState, 'isSuspect' | 'settledAt' | 'token'> = {},
): ShardState {
  const checkpoint = session?.seq ?? Number.NEGATIVE_INFINITY;
  const open = Object.entries(deaths).filter(([mark]) => Number(mark) > checkpoint);
  return {
    v: STATE_VERSION,
    session: session ? { id: session.id, seq: session.seq ?? null } : null,
    at: wallNowMs,
    ...(session && settledAt !== undefined && { settledAt }),
    inFlight,
    deaths: Object.fromEntries(open),
    ...(token !== undefined && { token }),
    ...(isSuspect && { isSuspect }),
  };
}

function isShardState(value: unknown): value is ShardState {
  if (typeof value !== 'object' || value === null) return false;
  const { v, session, at, inFlight, deaths } = value as Partial<Record<keyof ShardState, unknown>>;
  if (v !== STATE_VERSION || typeof at !== 'number' || !Array.isArray(inFlight)) return false;
  if (typeof deaths !== 'object' || deaths === null) return false;
  if (session === null) return true;
  if (typeof session !== 'object') return false;
  const { id, seq } = session as { id?: unknown; seq?: unknown };
  return typeof id === 'string' && id !== '' && (seq === null || typeof seq === 'number');
}
