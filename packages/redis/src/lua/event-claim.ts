import { script } from './script.js';

/** What the scripts below share: `claimOf` gives a stored claim, or nil for text that this release cannot read. */
const READ = `
local function claimOf(text)
  local isJson, claim = pcall(cjson.decode, text)
  if not isJson or type(claim) ~= 'table' then return nil end
  for i = 1, 3 do if type(claim[i]) ~= 'string' then return nil end end
  return claim
end
`;

/**
 * Asks to handle an event.
 * KEYS[1] the event's claim: 'done', or JSON [holder, member, inc]; KEYS[2] members and KEYS[3] leases of the coordinator (see its
 * prelude). ARGV: holder, its member id, ms after which a claim is void, '1' if the asker has seen that member have a lease here.
 * Returns 'granted', 'member' (granted, to a member that has a lease here), 'done' or 'busy'.
 * Invariant: two holders have a claim at one time only if the first one's member has lost its lease or its time is over. A claim that
 * cannot be read is a newer release's: it stands until its time is over. A member that had a lease here and has none now may handle
 * nothing, or the store was emptied and it is about to be put back: it waits, since nobody could tell its claim from a dead one's.
 */
export const CLAIM_EVENT = script(
  'claim-event',
  3,
  `${READ}
local holder, member, ttlMs = ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- The inc of a living member, '' when there is none: a member that came again under its id does not keep old claims alive.
local function incOf(id)
  local ends = redis.call('ZSCORE', KEYS[3], id)
  if not ends or tonumber(ends) <= now then return '' end
  local json = redis.call('HGET', KEYS[2], id)
  return json and cjson.decode(json).inc or ''
end
local stored = redis.call('GET', KEYS[1])
if stored == 'done' then return 'done' end
local inc = incOf(member)
if inc == '' and ARGV[4] == '1' then return 'busy' end
if stored then
  local claim = claimOf(stored)
  if not claim then return 'busy' end
  local isVoid
  if claim[3] ~= '' then
    isVoid = incOf(claim[2]) ~= claim[3]
  else
    -- Bound by the time alone: no member, by its form, or a coordinator elsewhere. Else its lease had ended when it asked, unless it was
    -- a new one in a store just emptied.
    isVoid = string.find(claim[1], '^%S+ %d+$') ~= nil and inc ~= '' and incOf(claim[2]) == ''
  end
  if claim[1] ~= holder and not isVoid then return 'busy' end
end
redis.call('SET', KEYS[1], cjson.encode({holder, member, inc}), 'PX', ttlMs)
return inc == '' and 'granted' or 'member'
`,
);

/**
 * Says that an event was handled, or gives its claim back.
 * KEYS[1] the event's claim. ARGV: holder, ms for which 'done' is kept; '0' to give the claim back.
 * Returns 1, or 0 when another holder has the claim.
 * Invariant: a holder that has been replaced changes nothing.
 */
export const SETTLE_EVENT = script(
  'settle-event',
  1,
  `${READ}
local stored = redis.call('GET', KEYS[1])
if stored == 'done' then return 1 end
if stored and (claimOf(stored) or {})[1] ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], 'done', 'PX', ARGV[2])
end
return 1
`,
);
