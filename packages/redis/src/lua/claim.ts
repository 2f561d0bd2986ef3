import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Takes resources that are free or reserved for the member.
 * KEYS as in the prelude. ARGV: channel, member id, inc, then for each resource: name, id of the claim.
 * Returns {'ok', epoch, nextMs, then for each resource taken: name, token, '1' or '0' whether the last owner crashed, state JSON or
 * false} or {'unknown'}. A resource taken under the same claim id before is given again: its answer was lost.
 * Invariant: no resource gets a second living owner, and none goes past the living member it is reserved for.
 */
export const CLAIM = script(
  'claim',
  6,
  `${PRELUDE}
local id, inc = ARGV[2], ARGV[3]
expire()
if incOf(id) ~= inc then return {'unknown'} end
local isRefilling = redis.call('HEXISTS', CLUSTER, 'refillUntil') == 1
local taken, isChanged = {}, false
for i = 4, #ARGV, 2 do
  local name, claim = ARGV[i], ARGV[i + 1]
  local resource = read(name)
  local isGiven = false
  if resource and isOwned(resource) then
    isGiven = resource[OWNER] == id and resource[CLAIM] == claim
  elseif resource and resource[RESERVED] ~= '' and resource[RESERVED] ~= id and incOf(resource[RESERVED]) ~= '' then
    isGiven = false
  elseif resource or not isRefilling then
    local last = resource or {nil, '', '', '', '', ''}
    resource = {grow(last[TOKEN]), id, inc, claim, '', last[OWNER] ~= '' and '1' or '0'}
    save(name, resource)
    isGiven, isChanged = true, true
  end
  if isGiven then
    taken[#taken + 1] = name
    taken[#taken + 1] = resource[TOKEN]
    taken[#taken + 1] = resource[CRASHED]
    taken[#taken + 1] = redis.call('HGET', STATES, name)
  end
end
if isChanged then changed() end
local epoch, nextMs = outlook(id)
local reply = {'ok', epoch, nextMs}
for i = 1, #taken do reply[i + 3] = taken[i] end
return reply
`,
);
