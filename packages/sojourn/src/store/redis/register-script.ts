import type { Script } from './script.js'

/**
 * Defines `now` (milliseconds by the server's clock) and `begin()`, which answers since when this server has been the
 * primary for these members, since when the register exists, and what its time as primary is called. A server that was
 * restarted or promoted begins anew. One that never was a replica has been the primary since it was started, also where the
 * register is not there (it is new, or somebody has emptied the server): then no other server can have had another one.
 */
const REGISTER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function begin()
  local info = redis.call('INFO', 'server')
  local run = string.match(info, 'run_id:(%x+)')
  local known = redis.call('HMGET', KEYS[1], 'run', 'since', 'born')
  if known[1] ~= run or not known[2] then
    local since = now
    if not known[1] and string.match(redis.call('INFO', 'replication'), 'master_replid2:0+%s') then
      since = now - math.max(0, tonumber(string.match(info, 'uptime_in_seconds:(%d+)')) - 1) * 1000
    end
    redis.call('HSET', KEYS[1], 'run', run, 'since', since, 'born', now)
    known = {run, since, now}
  end
  redis.call('PEXPIRE', KEYS[1], 86400000)
  return tonumber(known[2]), tonumber(known[3]), run .. ':' .. string.format('%.0f', known[3])
end
`

/**
 * KEYS: the register. ARGV: node, life in milliseconds, subject, message.
 * Result: the name of the server's time as primary.
 */
export const registerScript: Script = {
  text: `${REGISTER}
local since, born, name = begin()
redis.call('HSET', KEYS[1], 'n:' .. ARGV[1], now + ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return name
`,
}

/**
 * KEYS: the register. ARGV: subject, message.
 * Result: for how many milliseconds the server has been the primary, and the age of the register; then node and
 * remaining milliseconds of each member.
 */
export const callScript: Script = {
  text: `${REGISTER}
local since, born = begin()
local answer = {string.format('%.0f', now - since), string.format('%.0f', now - born)}
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  if string.sub(all[at], 1, 2) == 'n:' then
    local left = tonumber(all[at + 1]) - now
    if left > 0 then
      answer[#answer + 1] = string.sub(all[at], 3)
      answer[#answer + 1] = string.format('%.0f', left)
    else
      redis.call('HDEL', KEYS[1], all[at])
    end
  end
end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return answer
`,
}
