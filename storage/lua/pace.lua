-- Take a place in a channel's queue, so that Slack's limit for a channel is kept by all workers together.
--
-- KEYS[1] the channel's pace (string): when it takes the next message, in ms of the server's time
-- ARGV[1] interval_ms between two messages   ARGV[2] place_ms taken earlier, or ''   ARGV[3] not before, ms from now
-- Reply: {wait_ms, place_ms}. wait_ms 0: the message may go now. Else come back at place_ms with it: the place
-- is kept for one interval and a second, since a place long past would let a backlog out in one burst.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval = tonumber(ARGV[1])
local mine = tonumber(ARGV[2])
if mine and mine <= now and now <= mine + interval + 1000 then return {0, mine} end
if mine and mine > now then return {mine - now, mine} end

local place = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now + tonumber(ARGV[3]))
redis.call('SET', KEYS[1], string.format('%.0f', place + interval), 'PX', string.format('%.0f', place - now + interval + 60000))
return {place - now, place}
