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
 * Acknowledges what a partition's owner has handled, and first has the group deliver what the owner has read past it. KEYS partition,
 * fences · ARGV group, field of fences, token, how many entries were read past the group, id of the last one read, ids to acknowledge …
 * Returns 1. Invariant: as for READ; an entry is acknowledged only after it was delivered, or it would be delivered afterwards and stay.
 */
export const SETTLE = script(`
local fence = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or '0')
if tonumber(ARGV[3]) < fence then return redis.error_reply('FENCED another owner reads this partition') end
local function parts(id)
  local ms, seq = string.match(id, '(%d+)-(%d+)')
  return tonumber(ms), tonumber(seq)
end
local lastMs, lastSeq = parts(ARGV[5])
local count = tonumber(ARGV[4])
while count > 0 do
  local reply = redis.pcall('XREADGROUP', 'GROUP', ARGV[1], 'owner', 'COUNT', count, 'STREAMS', KEYS[1], '>')
  -- Without a reply there is nothing more, with an error the group is gone, and its entries with it.
  if not reply or reply.err then break end
  local entries = reply[1][2]
  local ms, seq = parts(entries[#entries][1])
  if ms > lastMs or (ms == lastMs and seq >= lastSeq) then break end
end
for at = 6, #ARGV, 1000 do redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, at, math.min(at + 999, #ARGV))) end
return 1
`);

/** KEYS partition · ARGV group · Returns two ids: up to where the group has been delivered, and the last one of the stream. */
export const CURSOR = script(`
local stream = redis.call('XINFO', 'STREAM', KEYS[1])
local last = '0-0'
for at = 1, #stream, 2 do if stream[at] == 'last-generated-id' then last = stream[at + 1] end end
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local info = {}
  for at = 1, #group, 2 do info[group[at]] = group[at + 1] end
  if info['name'] == ARGV[1] then return {info['last-delivered-id'], last} end
end
return {'0-0', last}
`);

/**
 * Drops entries which every group has acknowledged. KEYS partition · Returns how many.
 * Invariant: an entry that is unread or pending in any group stays.
 */
export const TRIM = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local function below(a, b)
  local am, as = string.match(a, '(%d+)-(%d+)')
  local bm, bs = string.match(b, '(%d+)-(%d+)')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am < bm or (am == bm and as < bs)
end
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
