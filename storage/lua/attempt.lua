-- Record attempts before their calls are made, and renew the leases they are made under.
--
-- KEYS[1] leases (hash)   KEYS[2] work (hash)   KEYS[3] paused (string)
-- ARGV[1] lease_ms   then for each attempt: member, token, work note
-- Reply: for each attempt 1, or 0 when the lease has passed to another worker, or posting is
--        paused: then the call must not be made.

local leases, work = KEYS[1], KEYS[2]
local paused = redis.call('EXISTS', KEYS[3]) == 1
local time = redis.call('TIME')
local real_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local till = '|' .. string.format('%.0f', real_ms + tonumber(ARGV[1]))

local reply = {}
for i = 2, #ARGV, 3 do
  local member, token, note = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local held = redis.call('HGET', leases, member)
  if not paused and held and string.match(held, '^[^|]*') == token then
    redis.call('HSET', leases, member, token .. till)
    redis.call('HSET', work, member, note)
    reply[#reply + 1] = 1
  else
    reply[#reply + 1] = 0
  end
end
return reply
