import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Writes last states and gives resources up.
 * KEYS as in the prelude. ARGV: channel, member id, inc, then for each resource: name, token, '1' or '0' whether there is a state, state
 * JSON, member it is reserved for or ''.
 * Returns {'ok', epoch, nextMs} or {'unknown'}.
 * Invariant: what the member does not own under the token is left as it is.
 */
export const RELEASE = script(
  'release',
  6,
  `${PRELUDE}
local id, inc = ARGV[2], ARGV[3]
expire()
if incOf(id) ~= inc then return {'unknown'} end
local isChanged = false
for i = 4, #ARGV, 5 do
  local name, resource = ARGV[i], read(ARGV[i])
  if holds(resource, id, inc, ARGV[i + 1]) then
    if ARGV[i + 2] == '1' then redis.call('HSET', STATES, name, ARGV[i + 3]) end
    save(name, {resource[TOKEN], '', '', '', ARGV[i + 4], ''})
    isChanged = true
  end
end
if isChanged then changed() end
local epoch, nextMs = outlook(id)
return {'ok', epoch, nextMs}
`,
);
