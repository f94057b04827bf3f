import { kindsAtMost, seriesAtMost } from '@tillcast/core/features/codec-counts';
import { defineScript } from './run-script.ts';

/** Bytes at the head of a shopper's value that say which writing it is: drawn anew each time, so that none is ever taken for another. */
export const stampLength = 8;

/**
 * Hands events over: for each group of shoppers, whose states depend on each other, either all of them are still what they were when they were read —
 * then their new states are set and what the events count is added — or none is touched, and what they are now is answered.
 * KEYS: the key that names the epoch, the shoppers, the shared states.
 * ARGV: the epoch; milliseconds a value is kept; numbers of shoppers, of shared states, of groups; of each of the four shared entities, span and width
 * of each of its series; of each shared state, its entity; then of each group: how many shoppers, of each its place, the stamp it was read with (empty: it was not
 * there) and its new value (empty: it stays; a stamp alone: it goes); how many counts, of each the place of the shared state, the name and how much.
 * Answers 1 for a group that was done, else place and value of each of its shoppers; or, where the epoch is another, its name alone.
 */
export const stepScript = defineScript(`
local epoch = redis.call('GET', KEYS[1]) or ''
if epoch ~= ARGV[1] then return epoch end
local ttl, shoppers, shared, groups = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local series = {}
for entity = 1, 4 do
  local list = {}
  for span, width in string.gmatch(ARGV[5 + entity], '(%d+):(%d+)') do list[#list + 1] = { tonumber(span), tonumber(width) } end
  series[entity] = list
end
local entities = 9
local at = entities + shared + 1

-- What is known of shared states, unpacked once: of each series a list of rows, newest first.
local held = {}
local function load(place)
  local packed = redis.call('GET', KEYS[1 + shoppers + place])
  local lists = packed and cmsgpack.unpack(packed) or {}
  for number, one in ipairs(series[tonumber(ARGV[entities + place])]) do
    if not lists[number] then lists[number] = {} end
    if one[1] == 0 then
      for column = 1, one[2] do lists[number][column] = lists[number][column] or 0 end
    end
  end
  held[place] = lists
  return lists
end

local function count(place, name, by)
  local lists = held[place] or load(place)
  local number = name % ${seriesAtMost} + 1
  local rest = math.floor(name / ${seriesAtMost})
  local column, bucket = rest % ${kindsAtMost}, math.floor(rest / ${kindsAtMost})
  local rows = lists[number]
  local span, width = unpack(series[tonumber(ARGV[entities + place])][number])
  if span == 0 then
    rows[column + 1] = rows[column + 1] + by
    return
  end
  width = width + 1
  if rows[1] and bucket <= rows[1] - span then return end
  local row = 1
  while rows[row] and rows[row] > bucket do row = row + width end
  if rows[row] ~= bucket then
    for last = #rows, row, -1 do rows[last + width] = rows[last] end
    rows[row] = bucket
    for offset = 1, width - 1 do rows[row + offset] = 0 end
    -- A newer bucket may leave others behind its span.
    while row == 1 and rows[#rows - width + 1] <= bucket - span do
      for _ = 1, width do rows[#rows] = nil end
    end
  end
  rows[row + column] = rows[row + column] + by
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
      local key, value = KEYS[1 + tonumber(ARGV[place])], ARGV[place + 2]
      if #value == ${stampLength} then redis.call('DEL', key)
      elseif value ~= '' then redis.call('SET', key, value, 'PX', ttl) end
    end
    for place = counts + 1, last, 3 do
      count(tonumber(ARGV[place]), tonumber(ARGV[place + 1]), tonumber(ARGV[place + 2]))
    end
    answers[group] = 1
  end
  at = last + 1
end
for place, lists in pairs(held) do
  redis.call('SET', KEYS[1 + shoppers + place], cmsgpack.pack(lists), 'PX', ttl)
end
return answers
`);
