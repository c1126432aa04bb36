-- Put a new snapshot of the directory in place of the one it was made from.
--
-- KEYS[1] snapshot (string; its first 8 bytes are the revision)
-- ARGV[1] the 8 bytes of the revision it was made from, '' for none   ARGV[2] the new snapshot   ARGV[3] channel to tell
-- Reply: 1, or 0 when another snapshot has taken the place meanwhile: then nothing was changed.

if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], '')
return 1
