-- Put what could not be delivered back into its lane, in its old order, in front of what was queued after it.
--
-- KEYS[1] dead (list)   KEYS[2] lane (list)   KEYS[3] due (zset)   KEYS[4] leases (hash)   KEYS[5] work (hash)
-- ARGV[1] the lane's member   ARGV[2] now_ms   ARGV[3] channel to tell   ARGV[4] what to say
-- ARGV[5...] letter, effect..., the oldest first
-- Reply: how many were put back; a letter that is there no more changes nothing.

local lane, member = KEYS[2], ARGV[1]
local head = redis.call('LINDEX', lane, 0)
-- A head that is in a worker's hands, or may have been posted, keeps its place: it is popped by position.
local held = head and (redis.call('HEXISTS', KEYS[4], member) == 1 or redis.call('HEXISTS', KEYS[5], member) == 1)

local count = 0
for i = #ARGV - 1, 5, -2 do
  if redis.call('LREM', KEYS[1], 1, ARGV[i]) == 1 then
    if held then redis.call('LINSERT', lane, 'AFTER', head, ARGV[i + 1]) else redis.call('LPUSH', lane, ARGV[i + 1]) end
    count = count + 1
  end
end
if count > 0 then
  if head then redis.call('ZADD', KEYS[3], 'NX', ARGV[2], member) else redis.call('ZADD', KEYS[3], ARGV[2], member) end
  redis.call('PUBLISH', ARGV[3], ARGV[4])
end
return count
