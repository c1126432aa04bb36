-- Claim due members that no live lease holds, in one shard or more.
--
-- For each shard: KEYS due (zset), leases (hash), work (hash), paused (string)
-- ARGV[1] now_ms, by the clock of deadlines   ARGV[2] how many at most of each shard   ARGV[3] token   ARGV[4] lease_ms
-- Reply, for each shard: {next_ms or false, {member, due_ms, work note or false}...}; next_ms is when the next member
-- falls due that is not due yet. While posting is paused, what is due stays and next_ms is false. Leases run on the
-- server's own time, so skewed workers can do no harm.
-- Where nothing is due it costs one look at the head of the index, however much waits there.

local now_ms, most, token = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local now, real_ms, lease = tonumber(now_ms), nil, nil

local reply = {}
for k = 1, #KEYS, 4 do
  local due, leases, work = KEYS[k], KEYS[k + 1], KEYS[k + 2]
  local claimed, held, offset, next_ms = {}, {}, 0, nil
  while #claimed < most and next_ms == nil do
    local page = redis.call('ZRANGE', due, offset, offset + most, 'WITHSCORES')
    for i = 1, #page, 2 do
      if tonumber(page[i + 1]) > now then
        next_ms = page[i + 1]
        break
      end
      if i == 1 and offset == 0 and redis.call('EXISTS', KEYS[k + 3]) == 1 then
        next_ms = false
        break
      end
      if not real_ms then
        local time = redis.call('TIME')
        real_ms = time[1] * 1000 + math.floor(time[2] / 1000)
        lease = token .. '|' .. string.format('%.0f', real_ms + tonumber(ARGV[4]))
      end
      local current = redis.call('HGET', leases, page[i])
      if not current or tonumber(string.match(current, '|(.*)$')) <= real_ms then
        held[#held + 1] = page[i]
        held[#held + 1] = lease
        claimed[#claimed + 1] = {page[i], page[i + 1], redis.call('HGET', work, page[i])}
        if #claimed == most then break end
      end
    end
    if next_ms == nil and #claimed < most and #page < 2 * (most + 1) then next_ms = false end
    offset = offset + #page / 2
  end
  if next_ms == nil then
    next_ms = redis.call('ZRANGEBYSCORE', due, '(' .. now_ms, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2] or false
  end
  if #held > 0 then redis.call('HSET', leases, unpack(held)) end
  reply[#reply + 1] = {next_ms, claimed}
end
return reply
