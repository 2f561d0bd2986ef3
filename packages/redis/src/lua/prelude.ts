/**
 * What the scripts of the coordinator share. Each of them has the same KEYS, so that all run on one node of a cluster:
 *
 *     KEYS[1] cluster    hash: app, epoch (counts changes), refillUntil (store ms: while it is there, unknown resources are not
 *                        free), layout (of all this; absent for the first, which is the only one so far)
 *     KEYS[2] members    hash: member id → JSON {inc, leaseMs, info}; inc tells two stays under one id apart
 *     KEYS[3] leases     sorted set: member id by the end of its lease in store ms
 *     KEYS[4] resources  hash: name → JSON [token, owner, inc, claim, reservedFor, crashed]; '' where there is none
 *     KEYS[5] states     hash: name → JSON as the owner wrote it
 *     KEYS[6] values     hash: name → "<version> <JSON>"
 *     ARGV[1] channel on which changes are announced
 *
 * Invariants: a resource has an owner only while a member of that id and inc has a lease that has not run out; a token of a
 * resource only grows. Numbers that may pass 10^14 travel as text: Lua would print them with an exponent.
 */
export const PRELUDE = `
local CLUSTER, MEMBERS, LEASES, RESOURCES, STATES, VALUES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local CHANNEL = ARGV[1]
local TIME = redis.call('TIME')
local NOW = TIME[1] * 1000 + math.floor(TIME[2] / 1000)
local TOKEN, OWNER, INC, CLAIM, RESERVED, CRASHED = 1, 2, 3, 4, 5, 6

local function text(number) return string.format('%.0f', number) end

-- Larger than the last one, and than every one that a store which was emptied has forgotten.
local function grow(last)
  local micros = TIME[1] * 1000000 + TIME[2]
  if last and tonumber(last) >= micros then return text(tonumber(last) + 1) end
  return text(micros)
end

local function changed()
  redis.call('PUBLISH', CHANNEL, redis.call('HINCRBY', CLUSTER, 'epoch', 1))
end

-- Ends what has run out, leases and the refilling alike: either is a change that everybody is told of.
local function expire()
  local refillUntil = redis.call('HGET', CLUSTER, 'refillUntil')
  if refillUntil and NOW >= tonumber(refillUntil) then
    redis.call('HDEL', CLUSTER, 'refillUntil')
    changed()
  end
  local gone = redis.call('ZRANGEBYSCORE', LEASES, '-inf', NOW)
  for _, id in ipairs(gone) do
    redis.call('ZREM', LEASES, id)
    redis.call('HDEL', MEMBERS, id)
  end
  if #gone > 0 then changed() end
end

local incs = {}
-- The inc of a living member, '' when there is none.
local function incOf(id)
  if not incs[id] then
    local json = redis.call('HGET', MEMBERS, id)
    incs[id] = json and cjson.decode(json).inc or ''
  end
  return incs[id]
end

local function isOwned(resource)
  return resource[OWNER] ~= '' and incOf(resource[OWNER]) == resource[INC]
end

local function read(name)
  local json = redis.call('HGET', RESOURCES, name)
  return json and cjson.decode(json) or nil
end

local function save(name, resource)
  redis.call('HSET', RESOURCES, name, cjson.encode(resource))
end

-- Whether member id owns the resource under the token.
local function holds(resource, id, inc, token)
  return resource and resource[TOKEN] == token and resource[OWNER] == id and resource[INC] == inc and isOwned(resource)
end

-- What a reply says about the cluster: the count of changes, and ms until a lease or the refilling ends (-1: never).
local function outlook(exceptId)
  local nextMs = -1
  local first = redis.call('ZRANGE', LEASES, 0, 1, 'WITHSCORES')
  for i = 1, #first, 2 do
    if first[i] ~= exceptId and nextMs < 0 then nextMs = math.max(0, math.ceil(first[i + 1] - NOW)) end
  end
  local refillMs = tonumber(redis.call('HGET', CLUSTER, 'refillUntil') or '0') - NOW
  if refillMs > 0 and (nextMs < 0 or refillMs < nextMs) then nextMs = refillMs end
  return redis.call('HGET', CLUSTER, 'epoch') or '0', nextMs
end
`;
