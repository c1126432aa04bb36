-- Claim due members that no live lease holds.
--
-- KEYS[1] due (zset)   KEYS[2] leases (hash)   KEYS[3] work (hash)   KEYS[4] paused (string)
-- ARGV[1] now_ms, by the clock of deadlines   ARGV[2] how many at most   ARGV[3] token   ARGV[4] lease_ms
-- Reply: {next_ms or false, {member, due_ms, work note or false}...}; next_ms is when the next member falls
-- due that is not due yet. While posting is paused nothing is claimed and next_ms is false. Leases run on the
-- server's own time, so skewed workers can do no harm.

if redis.call('EXISTS', KEYS[4]) == 1 then return {false, {}} end

local due, leases, work = KEYS[1], KEYS[2], KEYS[3]
local now_ms, most, token = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local real_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = token .. '|' .. string.format('%.0f', real_ms + tonumber(ARGV[4]))

local claimed, held, offset = {}, {}, 0
while #claimed < most do
  local page = redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'WITHSCORES', 'LIMIT', offset, most)
  if #page == 0 then break end
  for i = 1, #page, 2 do
    local current = redis.call('HGET', leases, page[i])
    if not current or tonumber(string.match(current, '|(.*)$')) <= real_ms then
      held[#held + 1] = page[i]
      held[#held + 1] = lease
      claimed[#claimed + 1] = {page[i], page[i + 1], redis.call('HGET', work, page[i])}
      if #claimed == most then break end
    end
  end
  offset = offset + #page / 2
end
if #held > 0 then redis.call('HSET', leases, unpack(held)) end

local next_up = redis.call('ZRANGEBYSCORE', due, '(' .. now_ms, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return {next_up[2] or false, claimed}
