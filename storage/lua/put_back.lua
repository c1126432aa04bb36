-- Give claimed members back, due again at a later instant.
--
-- KEYS[1] due (zset)   KEYS[2] leases (hash)   KEYS[3] work (hash)
-- ARGV for each: member, token, due_ms ('' leaves it as it is), work note ('' drops it)
-- Reply: for each 1, or 0 when the lease has passed to another worker: then nothing was changed.

local due, leases, work = KEYS[1], KEYS[2], KEYS[3]
local reply = {}
for i = 1, #ARGV, 4 do
  local member, token, due_ms, note = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local held = redis.call('HGET', leases, member)
  if held and string.match(held, '^[^|]*') == token then
    if due_ms ~= '' then redis.call('ZADD', due, 'XX', due_ms, member) end
    redis.call('HDEL', leases, member)
    if note ~= '' then redis.call('HSET', work, member, note) else redis.call('HDEL', work, member) end
    reply[#reply + 1] = 1
  else
    reply[#reply + 1] = 0
  end
end
return reply
