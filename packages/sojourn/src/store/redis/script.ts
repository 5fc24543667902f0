/** A step that Redis carries out as a whole. All keys it touches are named in KEYS and share a hash tag. */
export interface Script {
  readonly text: string
}

/**
 * Defines `beyond(expiresAt)` and `outlive(key, at)`.
 *
 * Redis drops rows a day after they expire in case nobody sweeps, and never sooner than a day after they were written:
 * the clocks of the engine and of the server need not agree. An index outlives all its members, to a whole day, so that it
 * is not written anew for each of them.
 */
export const OUTLIVE = `
local DAY = 86400000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function beyond(expiresAt)
  return math.max(tonumber(expiresAt), now) + DAY
end
local function outlive(key, at)
  local whole = at - at % DAY + DAY
  if redis.call('PTTL', key) < at - now then redis.call('PEXPIREAT', key, string.format('%.0f', whole)) end
end
`
