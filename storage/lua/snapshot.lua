-- Read what hangs together as it is at one instant: a ticket with its lanes, or a lane alone.
--
-- KEYS[1] due (zset)   KEYS[2] work (hash)   KEYS[3...] lanes, then for a ticket its record and its timeline
-- ARGV[1] how many lanes   ARGV[2...] the due members of these
-- Reply: {the server's time in ms, {{effect...} for each lane}, {{due_ms or false, work note or false} for each
--         member}, record or false, {{stream id, {field, value...}}...}}. Changes nothing.

local time = redis.call('TIME')
local count, lanes, members = tonumber(ARGV[1]), {}, {}
for i = 1, count do lanes[i] = redis.call('LRANGE', KEYS[2 + i], 0, -1) end
for i = 2, #ARGV do
  members[i - 1] = {redis.call('ZSCORE', KEYS[1], ARGV[i]), redis.call('HGET', KEYS[2], ARGV[i])}
end
local reply = {string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), lanes, members}
if KEYS[count + 3] then
  reply[4] = redis.call('GET', KEYS[count + 3])
  reply[5] = redis.call('XRANGE', KEYS[count + 4], '-', '+')
end
return reply
