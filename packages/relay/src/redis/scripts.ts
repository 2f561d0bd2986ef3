import { createHash } from 'node:crypto';
import type { RedisClient } from './client.js';

/** A Lua script: one atomic step in the server. */
interface Script {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Whether one id stands before another. */
const BELOW = `
local function below(a, b)
  local am, as = string.match(a, '(%d+)-(%d+)')
  local bm, bs = string.match(b, '(%d+)-(%d+)')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am < bm or (am == bm and as < bs)
end`;

/**
 * Appends a batch. KEYS partitions that are written to · ARGV how many arguments an entry has, then for each entry the position of its
 * partition in KEYS, and field, value, field, value, …
 * Returns how many. Invariant: all of a batch is there, or nothing: a hole in its middle could not be filled in order by the next try.
 */
export const APPEND = script(`
local width = tonumber(ARGV[1])
local count = 0
for at = 2, #ARGV, width + 1 do
  redis.call('XADD', KEYS[tonumber(ARGV[at])], '*', unpack(ARGV, at + 1, at + width))
  count = count + 1
end
return count
`);

/**
 * Reads a partition for its owner. One consumer name for all owners: what a dead one had pending is the next one's pending.
 * KEYS partition, fences · ARGV group, field of fences, token, count, `>` or the id after which pending entries are read
 * Returns entries as XREADGROUP does, nil when there are none. Invariant: after a larger token has read, a smaller one gets nothing,
 * so that a process that slept through its lease cannot take entries away from the new owner.
 */
export const READ = script(`
local fence = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or '0')
local token = tonumber(ARGV[3])
if token < fence then return redis.error_reply('FENCED another owner reads this partition') end
if token > fence then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
return redis.call('XREADGROUP', 'GROUP', ARGV[1], 'owner', 'COUNT', ARGV[4], 'STREAMS', KEYS[1], ARGV[5])
`);

/**
 * Acknowledges what was settled in partitions of one owner, and first moves the group to where they were read, past it: without reading
 * an entry again, which would cost the server more than all the rest. KEYS fences, partitions … · ARGV group, then for each partition its
 * field of fences, token, id of the last entry read (or empty), how many the group has been delivered with it (or empty), how many are
 * not settled yet and their ids, how many pending ones are settled and their ids
 * Returns for each partition `OK`, or the error by which nothing, or not all, was done for it. Invariant: as for READ; what is not
 * settled becomes pending in the same step that moves the group past it, so that the next owner finds it; and the group is never moved past
 * the end of the stream.
 */
export const SETTLE = script(`
${BELOW}
local group = ARGV[1]
local function each(call, from, count, options)
  for at = from, from + count - 1, 1000 do
    local command = {unpack(call)}
    for index = at, math.min(at + 999, from + count - 1) do command[#command + 1] = ARGV[index] end
    for _, option in ipairs(options) do command[#command + 1] = option end
    local reply = redis.pcall(unpack(command))
    if type(reply) == 'table' and reply.err then return reply.err end
  end
end
local function settle(key, field, token, last, delivered, pendingAt, pending, settledAt, settled)
  local fence = tonumber(redis.call('HGET', KEYS[1], field) or '0')
  if token < fence then return 'FENCED another owner reads this partition' end
  if last ~= '' then
    -- The stream or the group may be gone, and its entries with it.
    if redis.call('EXISTS', key) == 0 then return 'OK' end
    local stream = redis.pcall('XINFO', 'STREAM', key)
    if stream.err then return stream.err end
    local stop = '0-0'
    for index = 1, #stream, 2 do if stream[index] == 'last-generated-id' then stop = stream[index + 1] break end end
    -- After a fail-over to a replica that had less: what it is given next may have smaller ids, and is unread.
    if below(stop, last) then last, delivered = stop, '' end
    local move = {'XGROUP', 'SETID', key, group, last}
    -- From Redis 7 on, by which it knows the lag.
    if delivered ~= '' then move[6], move[7] = 'ENTRIESREAD', delivered end
    local moved = redis.pcall(unpack(move))
    if moved.err then return string.find(moved.err, 'NOGROUP', 1, true) and 'OK' or moved.err end
  end
  return each({'XCLAIM', key, group, 'owner', '0'}, pendingAt, pending, {'FORCE', 'JUSTID'})
    or each({'XACK', key, group}, settledAt, settled, {})
    or 'OK'
end
local replies = {}
local at = 2
for index = 2, #KEYS do
  local pending = tonumber(ARGV[at + 4])
  local settledAt = at + 6 + pending
  local settled = tonumber(ARGV[settledAt - 1])
  replies[index - 1] =
    settle(KEYS[index], ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], at + 5, pending, settledAt, settled)
  at = settledAt + settled
end
return replies
`);

/**
 * KEYS partition · ARGV group · Returns two ids: up to where the group has been delivered, and the last one of the stream; and how many
 * entries it has been delivered, empty when the server does not know it.
 */
export const CURSOR = script(`
local function fields(list)
  local named = {}
  for at = 1, #list, 2 do named[list[at]] = list[at + 1] end
  return named
end
${BELOW}
local stream = fields(redis.call('XINFO', 'STREAM', KEYS[1]))
local last = stream['last-generated-id'] or '0-0'
for _, entry in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = fields(entry)
  if group['name'] == ARGV[1] then
    local cursor, delivered, added = group['last-delivered-id'], group['entries-read'], stream['entries-added']
    -- A group that has read nothing yet knows no number; it has what lies before the first entry behind it.
    if added and not delivered then
      local first = stream['first-entry']
      if cursor == last then delivered = added
      elseif not first or below(cursor, first[1]) then delivered = added - stream['length'] end
    end
    return {cursor, last, delivered or ''}
  end
end
return {'0-0', last, ''}
`);

/**
 * Drops entries which every group has acknowledged. KEYS partition · Returns how many.
 * Invariant: an entry that is unread or pending in any group stays.
 */
export const TRIM = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
${BELOW}
local min = nil
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local info = {}
  for at = 1, #group, 2 do info[group[at]] = group[at + 1] end
  local first = info['last-delivered-id']
  if info['pending'] > 0 then first = redis.call('XPENDING', KEYS[1], info['name'])[2] end
  if min == nil or below(first, min) then min = first end
end
if min == nil then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', min)
`);

/** Unacknowledged entries of a partition. KEYS partition · ARGV group · Returns pending and unread together. */
export const LAG = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local info = {}
  for at = 1, #group, 2 do info[group[at]] = group[at + 1] end
  if info['name'] == ARGV[1] then
    if info['lag'] then return info['pending'] + info['lag'] end
    -- Before Redis 7: counted, up to a number that is alarming anyway.
    return info['pending'] + #redis.call('XRANGE', KEYS[1], '(' .. info['last-delivered-id'], '+', 'COUNT', 10000)
  end
end
return redis.call('XLEN', KEYS[1])
`);

/** Runs a script by its hash, and by its text where the server does not know it (yet, or again). Replies are buffers. */
export async function runScript(
  client: RedisClient,
  { sha, source }: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await client.callBuffer('EVALSHA', [sha, keys.length, ...keys, ...args]);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return await client.callBuffer('EVAL', [source, keys.length, ...keys, ...args]);
  }
}
