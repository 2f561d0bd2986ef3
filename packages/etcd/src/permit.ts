import type { PermitAnswer, PermitRequest } from 'botgo/session';
import { type Keys, newLeaseId, toSeconds } from './keys.js';
import { createdAt, get, type Kv, modifiedAt, put } from './kv.js';

/**
 * Takes a permit. A window is a key that etcd deletes when its lease ends, so no clock of a member counts; leases being whole
 * seconds, a window may last a little longer than asked for, never shorter.
 */
export async function takePermit(
  kv: Kv,
  keys: Keys,
  { name, limit, windowMs }: PermitRequest,
): Promise<PermitAnswer> {
  const key = keys.permit(name);
  for (;;) {
    const window = (await kv.run([get(key)])).results[0]?.kvs[0];
    if (!window) {
      if (limit === 0) return { granted: false, retryAfterMs: windowMs };
      if (await openWindow(kv, key, windowMs)) return { granted: true };
      continue;
    }
    const taken = Number(window.value);
    if (taken >= limit) {
      const seconds = await kv.secondsLeft(window.lease);
      // Rounded down by etcd; the second more is the one that may be left.
      return { granted: false, retryAfterMs: Math.min(windowMs, Math.max(1, (seconds + 1) * 1_000)) };
    }
    const next = put(key, String(taken + 1), { keepLease: true });
    const result = await kv.txn([modifiedAt(key, window.modRevision)], [next]);
    if (result?.succeeded) return { granted: true };
  }
}

async function openWindow(kv: Kv, key: string, windowMs: number): Promise<boolean> {
  const lease = newLeaseId();
  await kv.grant(lease, toSeconds(windowMs));
  const result = await kv.txn([createdAt(key, 0)], [put(key, '1', { lease })]);
  if (result?.succeeded) return true;
  await kv.revoke(lease);
  return false;
}
