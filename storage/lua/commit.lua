-- Commit one decision in one piece, or nothing of it. Each part is optional.
--
-- KEYS[1] due (zset)   KEYS[2] leases (hash)   KEYS[3] work (hash)   KEYS[4...] as the plan says, by position
-- ARGV[1] the plan, a msgpack map; where it names a blob it gives the position of it in ARGV
--   op        {key, result, life_ms}         carried out before: answer with the stored result, change nothing else
--   lease     {member, token}                held by another: change nothing; else given back, its work note dropped
--   new       {count_key, number}            number taken: change nothing, tell the one that is free
--   version   {ticket_key, header}           the record's first 8 bytes differ: change nothing
--   put       {ticket_key, blob}             write the record
--   log       {timeline_key, blob...}        append to the timeline
--   open      {index_key, id, ms or false}   index as open since ms, or no longer
--   weeks     {number, set_key...}           index the ticket in the weeks in which it was open or changed
--   whole     {key, value}                   the account's first ticket: its weeks have all there is
--   ended     {{list_key, blob}...}          append ended intervals
--   pop       {lane_key, member, now_ms, blob...}   the head of a lane is done, and with it these that wait behind
--                                            it: drop them, the next one is due now
--   push      {{lane_key, member, now_ms, blob...}...}   queue effects; due now when the lane was empty
--   due       {{member, ms or false}...}     move members of the due index, or take them out; one that another
--                                            worker has in hand, or has put back to try again, stays as it is
--   told      {key, member, day or false}     move the mark up to where a member has told, or forget it
--   dead      {list_key, blob}               keep what could not be delivered
--   wake      {channel, message}             tell the workers
-- Reply: {"ok"} | {"replayed", result} | {"lost"} | {"number", free} | {"conflict"}

local plan = cmsgpack.unpack(ARGV[1])
local due, leases, work = KEYS[1], KEYS[2], KEYS[3]

if plan.op then
  local result = redis.call('GET', KEYS[plan.op[1]])
  if result then
    -- Renewed, so that there is something for a replica to confirm: the first answer may have been lost before.
    redis.call('PEXPIRE', KEYS[plan.op[1]], string.format('%.0f', plan.op[3]))
    return {'replayed', result}
  end
end

if plan.lease then
  local held = redis.call('HGET', leases, plan.lease[1])
  if not held or string.match(held, '^[^|]*') ~= plan.lease[2] then return {'lost'} end
end

if plan.new then
  local newest = tonumber(redis.call('GET', KEYS[plan.new[1]]) or '0')
  if newest + 1 ~= plan.new[2] then return {'number', newest + 1} end
end

if plan.version then
  if redis.call('GETRANGE', KEYS[plan.version[1]], 0, 7) ~= ARGV[plan.version[2]] then return {'conflict'} end
end

-- Nothing below refuses: from here on all of it takes place.

if plan.new then redis.call('SET', KEYS[plan.new[1]], string.format('%d', plan.new[2])) end
if plan.put then redis.call('SET', KEYS[plan.put[1]], ARGV[plan.put[2]]) end

if plan.log then
  for i = 2, #plan.log do redis.call('XADD', KEYS[plan.log[1]], '*', 'e', ARGV[plan.log[i]]) end
end

if plan.open then
  if plan.open[3] then
    redis.call('ZADD', KEYS[plan.open[1]], string.format('%.0f', plan.open[3]), plan.open[2])
  else
    redis.call('ZREM', KEYS[plan.open[1]], plan.open[2])
  end
end

if plan.weeks then
  for i = 2, #plan.weeks do redis.call('SADD', KEYS[plan.weeks[i]], string.format('%d', plan.weeks[1])) end
end
if plan.whole then redis.call('SET', KEYS[plan.whole[1]], plan.whole[2]) end

for _, interval in ipairs(plan.ended or {}) do redis.call('RPUSH', KEYS[interval[1]], ARGV[interval[2]]) end

if plan.told then
  if plan.told[3] then
    redis.call('HSET', KEYS[plan.told[1]], plan.told[2], plan.told[3])
  else
    redis.call('HDEL', KEYS[plan.told[1]], plan.told[2])
  end
end

if plan.dead then redis.call('RPUSH', KEYS[plan.dead[1]], ARGV[plan.dead[2]]) end

if plan.pop then
  redis.call('LPOP', KEYS[plan.pop[1]])
  for i = 4, #plan.pop do redis.call('LREM', KEYS[plan.pop[1]], 1, ARGV[plan.pop[i]]) end
  if redis.call('EXISTS', KEYS[plan.pop[1]]) == 1 then
    redis.call('ZADD', due, string.format('%.0f', plan.pop[3]), plan.pop[2])
  else
    redis.call('ZREM', due, plan.pop[2])
  end
end

for _, lane in ipairs(plan.push or {}) do
  local added = #lane - 3
  local length
  for i = 4, #lane do length = redis.call('RPUSH', KEYS[lane[1]], ARGV[lane[i]]) end
  if length == added then redis.call('ZADD', due, string.format('%.0f', lane[3]), lane[2]) end
end

for _, move in ipairs(plan.due or {}) do
  local own = plan.lease and plan.lease[1] == move[1]
  if not own and (redis.call('HEXISTS', leases, move[1]) == 1 or redis.call('HEXISTS', work, move[1]) == 1) then
    -- A message may be on its way that nobody has recorded yet: it is neither forgotten nor looked for too
    -- soon. Whoever finishes it moves the member.
    if move[2] then redis.call('ZADD', due, 'NX', string.format('%.0f', move[2]), move[1]) end
  elseif move[2] then
    redis.call('ZADD', due, string.format('%.0f', move[2]), move[1])
  else
    redis.call('ZREM', due, move[1])
  end
end

if plan.lease then
  redis.call('HDEL', leases, plan.lease[1])
  redis.call('HDEL', work, plan.lease[1])
end

if plan.op then redis.call('SET', KEYS[plan.op[1]], plan.op[2], 'PX', string.format('%.0f', plan.op[3])) end
if plan.wake then redis.call('PUBLISH', plan.wake[1], plan.wake[2]) end
return {'ok'}
