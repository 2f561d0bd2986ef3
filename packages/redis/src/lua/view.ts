import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Reads the cluster.
 * KEYS as in the prelude. ARGV: channel.
 * Returns {epoch, nextMs, [member id, JSON…], [member id, ms until its lease ends…], [resource, JSON…]}.
 * Invariant: members whose lease has run out are gone before anything is read.
 */
export const VIEW = script(
  'view',
  6,
  `${PRELUDE}
expire()
local leases = redis.call('ZRANGE', LEASES, 0, -1, 'WITHSCORES')
for i = 2, #leases, 2 do leases[i] = text(leases[i] - NOW) end
local epoch, nextMs = outlook('')
return {epoch, nextMs, redis.call('HGETALL', MEMBERS), leases, redis.call('HGETALL', RESOURCES)}
`,
);

/**
 * Ends leases that have run out and says whether anything changed: the slow poll beside the notifications.
 * KEYS as in the prelude. ARGV: channel. Returns {epoch, nextMs}.
 */
export const LOOK = script(
  'look',
  6,
  `${PRELUDE}
expire()
local epoch, nextMs = outlook('')
return {epoch, nextMs}
`,
);
