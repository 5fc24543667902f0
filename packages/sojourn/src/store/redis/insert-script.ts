import { OUTLIVE, type Script } from './script.js'

/**
 * KEYS: row, expiry index, owner index (left out for a row without owner).
 * ARGV: id, createdAt, expiresAt, the row as it is stored.
 * Result: 0 if the id is taken, and nothing was changed; else how many rows the owner has now, 1 for none.
 */
export const insertScript: Script = {
  text: `
${OUTLIVE}
local at = beyond(ARGV[3])
if not redis.call('SET', KEYS[1], ARGV[4], 'PXAT', string.format('%.0f', at), 'NX') then return 0 end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
outlive(KEYS[2], at)
if not KEYS[3] then return 1 end
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
outlive(KEYS[3], at)
return redis.call('ZCARD', KEYS[3])
`,
}
