-- Add an entry to a history, if it is the one that it was decided on.
--
-- KEYS[1] the history (hash: operation -> entry)
-- ARGV[1] the operation   ARGV[2] how many entries the history had   ARGV[3] the entry
-- Reply: 'ok' | 'replayed', the operation has added its entry before | 'conflict', another entry came first.
-- Only the first changes anything.

local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept then
  redis.call('HSET', KEYS[1], ARGV[1], kept)  -- as it is: something for a replica to confirm
  return 'replayed'
end
if redis.call('HLEN', KEYS[1]) ~= tonumber(ARGV[2]) then return 'conflict' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'ok'
