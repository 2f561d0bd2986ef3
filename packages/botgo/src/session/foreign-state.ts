import { toBotgoError } from '../errs/index.js';
import type { GapInfo } from '../gateway/index.js';
import { diagnosticsChannel, type Logger } from '../log/index.js';
import type { MemberInfo, Membership, MemberView, OwnedResource } from './coordinator.js';
import { type ForeignState, foreignStateOf } from './shard-state.js';

/**
 * Releases run side by side during a rollout. The rule between them: a format is written only when every living member declares that it
 * reads it (`MemberInfo.stateVersion`), and a member that claims a shard whose state it cannot read leaves it to one that can. Fields
 * that a reader does not know are ignored and need no new format.
 */

const gapChannel = diagnosticsChannel('botgo:gateway:gap');

/** Who takes over a shard, and how the others are known. */
export interface Taker {
  readonly memberId: string;
  readonly info: Omit<MemberInfo, 'draining'>;
  readonly membership: Pick<Membership, 'release'>;
  readonly logger: Logger;
}

/**
 * Gives what was claimed and cannot be read to living members that can, its state untouched.
 * @returns What is ours to serve: also a state that nobody can read, for which a session begins and a gap is told.
 */
export async function leaveUnreadable(
  granted: readonly OwnedResource[],
  members: readonly MemberView[],
  { memberId, info, membership, logger }: Taker,
): Promise<readonly OwnedResource[]> {
  const left = granted.flatMap((resource) => {
    const version = foreignStateOf(resource.state)?.version;
    const to =
      version === undefined
        ? undefined
        : members.find((one) => one.memberId !== memberId && reads(one, version, info));
    return to ? [{ resource, version, to: to.memberId }] : [];
  });
  if (left.length === 0) return granted;
  for (const { resource, version, to } of left)
    logger.warn('shard left to a newer release, which wrote its state', {
      resource: resource.name,
      version,
      to,
    });
  try {
    await membership.release(
      left.map(({ resource: { name, token }, to }) => ({ name, token, state: undefined, to })),
    );
  } catch (error) {
    // The store counts them as ours until it is told otherwise: served with a gap is better than served by nobody.
    logger.warn('shards could not be left to a newer release', { error: toBotgoError(error).message });
    return granted;
  }
  const names = new Set(left.map(({ resource }) => resource.name));
  return granted.filter(({ name }) => !names.has(name));
}

function reads({ info }: MemberView, version: number, own: Taker['info']): boolean {
  return (
    !info.draining &&
    info.stateVersion >= version &&
    info.shardCount === own.shardCount &&
    info.intents === own.intents
  );
}

/** Tells that a session was left behind, because nobody could read what was stored of it. */
export function reportForeign(
  state: ForeignState,
  shard: { readonly shard: number; readonly shardCount: number },
  nowMs: number,
  logger: Logger,
): GapInfo {
  const info: GapInfo = {
    shard: shard.shard,
    shardCount: shard.shardCount,
    sessionId: state.sessionId,
    lastSeq: state.lastSeq,
    fromMs: state.atMs ?? nowMs,
    toMs: nowMs,
    reason: 'state-unreadable',
  };
  logger.error('the stored session cannot be read, so a new one begins; events may be lost', {
    ...info,
    version: state.version,
    advice:
      state.version === undefined
        ? 'the state is damaged: look who else writes to the store'
        : 'a newer release of botgo wrote it: start that one again, or go back only while one of its processes lives',
  });
  if (gapChannel.hasSubscribers) gapChannel.publish(info);
  return info;
}
