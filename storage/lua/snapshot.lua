-- Read a ticket with all that hangs on it as it is at one instant.
--
-- KEYS[1] due (zset)   KEYS[2] work (hash)   KEYS[3] record (string)   KEYS[4] timeline (stream)   KEYS[5...] lanes
-- ARGV[...] the due members that are its own
-- Reply: {the server's time in ms, record or false, {{stream id, {field, value...}}...}, {{effect...} for each lane},
--         {{due_ms or false, work note or false} for each member}}. Changes nothing.

local time = redis.call('TIME')
local lanes, members = {}, {}
for i = 5, #KEYS do lanes[#lanes + 1] = redis.call('LRANGE', KEYS[i], 0, -1) end
for i = 1, #ARGV do
  members[i] = {redis.call('ZSCORE', KEYS[1], ARGV[i]), redis.call('HGET', KEYS[2], ARGV[i])}
end
return {
  string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)),
  redis.call('GET', KEYS[3]),
  redis.call('XRANGE', KEYS[4], '-', '+'),
  lanes,
  members,
}
