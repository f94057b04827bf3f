import { firstCounterName } from './counter-bytes.ts';
import { defineScript } from './run-script.ts';

/** Bytes at the head of a shopper's value that say which writing it is: drawn anew each time, so that none is ever taken for another. */
export const stampLength = 8;

/**
 * Hands events over: for each group of shoppers, whose states depend on each other, either all of them are still what they were when they were read —
 * then their new states are set and what the events count is added — or none is touched, and what they are now is answered.
 * KEYS: the key that names the epoch, the shoppers, the shared states.
 * ARGV: the epoch; milliseconds a value is kept; numbers of shoppers, of shared states, of groups; of each of the four shared entities, the spans of its
 * counters; of each shared state, its entity; then of each group: how many shoppers, of each its place, the stamp it was read with (empty: it was not
 * there) and its new value (empty: it stays); how many counts, of each the place of the shared state, the name and how much.
 * Answers 1 for a group that was done, else place and value of each of its shoppers; or, where the epoch is another, its name alone.
 */
export const stepScript = defineScript(`
local epoch = redis.call('GET', KEYS[1]) or ''
if epoch ~= ARGV[1] then return epoch end
local ttl, shoppers, shared, groups = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local spans = {}
for entity = 1, 4 do
  local list = {}
  for span in string.gmatch(ARGV[5 + entity], '%d+') do list[#list + 1] = tonumber(span) end
  spans[entity] = list
end
local entities = 9
local at = entities + shared + 1

local held, isNew = {}, {}
local function count(place, name, by)
  local counters = held[place]
  if not counters then
    local packed = redis.call('GET', KEYS[1 + shoppers + place])
    counters = packed and cmsgpack.unpack(packed) or {}
    held[place] = counters
  end
  name = name + ${firstCounterName}
  if counters[name] then
    counters[name] = counters[name] + by
  else
    counters[name] = by
    isNew[place] = true
  end
end

local function bucketOf(name)
  local series = (name - ${firstCounterName}) % 32
  return series + 1, math.floor((name - ${firstCounterName}) / 256)
end

-- Counters whose bucket has left the span of its accumulator.
local function prune(counters, list)
  local newest = {}
  for name in pairs(counters) do
    local series, bucket = bucketOf(name)
    if list[series] > 0 and bucket > (newest[series] or -1) then newest[series] = bucket end
  end
  for name in pairs(counters) do
    local series, bucket = bucketOf(name)
    if list[series] > 0 and bucket <= newest[series] - list[series] then counters[name] = nil end
  end
end

local answers = {}
for group = 1, groups do
  local size = tonumber(ARGV[at])
  local first = at + 1
  local isStale = false
  for place = first, first + 3 * size - 1, 3 do
    local key = KEYS[1 + tonumber(ARGV[place])]
    if redis.call('GETRANGE', key, 0, ${stampLength - 1}) ~= ARGV[place + 1] then isStale = true end
  end
  local counts = first + 3 * size
  local last = counts + 3 * tonumber(ARGV[counts])
  if isStale then
    local now = {}
    for place = first, first + 3 * size - 1, 3 do
      now[#now + 1] = tonumber(ARGV[place])
      now[#now + 1] = redis.call('GET', KEYS[1 + tonumber(ARGV[place])]) or ''
    end
    answers[group] = now
  else
    for place = first, first + 3 * size - 1, 3 do
      if ARGV[place + 2] ~= '' then redis.call('SET', KEYS[1 + tonumber(ARGV[place])], ARGV[place + 2], 'PX', ttl) end
    end
    for place = counts + 1, last, 3 do
      count(tonumber(ARGV[place]), tonumber(ARGV[place + 1]), tonumber(ARGV[place + 2]))
    end
    answers[group] = 1
  end
  at = last + 1
end
for place, counters in pairs(held) do
  if isNew[place] then prune(counters, spans[tonumber(ARGV[entities + place])]) end
  redis.call('SET', KEYS[1 + shoppers + place], cmsgpack.pack(counters), 'PX', ttl)
end
return answers
`);
