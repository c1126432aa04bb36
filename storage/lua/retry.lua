-- Put what could not be delivered back into its lane, in front of what was queued after it.
--
-- KEYS[1] dead (list)   KEYS[2] lane (list)   KEYS[3] due (zset)   KEYS[4] leases (hash)   KEYS[5] work (hash)
-- ARGV[1] the dead letter   ARGV[2] its effect   ARGV[3] the lane's member   ARGV[4] now_ms
-- ARGV[5] channel to tell   ARGV[6] what to say
-- Reply: 1, or 0 when that letter is there no more: then nothing was changed.

if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
local lane, member = KEYS[2], ARGV[3]
local head = redis.call('LINDEX', lane, 0)
if head and (redis.call('HEXISTS', KEYS[4], member) == 1 or redis.call('HEXISTS', KEYS[5], member) == 1) then
  -- The head is in a worker's hands, or may have been posted: it keeps its place, since it is popped by position.
  redis.call('LINSERT', lane, 'AFTER', head, ARGV[2])
else
  redis.call('LPUSH', lane, ARGV[2])
end
if head then redis.call('ZADD', KEYS[3], 'NX', ARGV[4], member) else redis.call('ZADD', KEYS[3], ARGV[4], member) end
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1
