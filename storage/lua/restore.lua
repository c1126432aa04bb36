-- Put a key in place as a backup has it. May be sent twice.
--
-- KEYS[1] the key
-- ARGV[1] how: string | list | hash | zset | set | stream write it anew; extend adds to a list what is not in it yet
-- ARGV[2] when it ends, ms of Unix time, or '' for never
-- ARGV[3...] string: the value; list, set, extend: the values; hash: field, value...; zset: score, member...;
--            stream: id, how many fields and values, field, value...
-- Reply: 1

local key, how = KEYS[1], ARGV[1]
if how == 'extend' then
  for i = 3, #ARGV do redis.call('LREM', key, 0, ARGV[i]) end
  for i = 3, #ARGV do redis.call('RPUSH', key, ARGV[i]) end
  return 1
end

redis.call('DEL', key)
if how == 'string' then
  redis.call('SET', key, ARGV[3])
elseif how == 'list' then
  for i = 3, #ARGV do redis.call('RPUSH', key, ARGV[i]) end
elseif how == 'set' then
  for i = 3, #ARGV do redis.call('SADD', key, ARGV[i]) end
elseif how == 'hash' then
  for i = 3, #ARGV, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
elseif how == 'zset' then
  for i = 3, #ARGV, 2 do redis.call('ZADD', key, ARGV[i], ARGV[i + 1]) end
elseif how == 'stream' then
  local i = 3
  while i <= #ARGV do
    local count = tonumber(ARGV[i + 1])
    local words = {}
    for j = 1, count do words[j] = ARGV[i + 1 + j] end
    redis.call('XADD', key, ARGV[i], unpack(words))
    i = i + 2 + count
  end
end
if ARGV[2] ~= '' then redis.call('PEXPIREAT', key, ARGV[2]) end
return 1
