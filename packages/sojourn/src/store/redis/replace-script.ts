import { OUTLIVE, type Script } from './script.js'

/**
 * KEYS: row, expiry index, owner index of the named owner (left out if none is named).
 * ARGV: id, version before, version, expiresAt, owner ('' for none), data, named owner ('' for none), subject, message ('' for none).
 * Result: 1 if the row was replaced; 0 if that version is not stored, or one of that number from which the owner was taken: two
 * places that were primaries at once count alike, and what was ended here is not the row that was read there; -1 if the row would
 * get another owner, which the law forbids; else the stored owner, who has to be named. Nothing was changed unless it is 1.
 */
export const replaceScript: Script = {
  text: `
local head = redis.call('GETRANGE', KEYS[1], 0, 127)
local version, created, expires, owner = string.match(head, '^(%d+) (%-?%d+) (%-?%d+) (%S*) ')
if version ~= ARGV[2] then return 0 end
if ARGV[5] ~= '' and ARGV[5] ~= owner then return owner == '' and 0 or -1 end
if owner ~= '' and owner ~= ARGV[7] then return owner end
${OUTLIVE}
local at = beyond(ARGV[4])
local row = ARGV[3] .. ' ' .. created .. ' ' .. ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6]
redis.call('SET', KEYS[1], row, 'PXAT', string.format('%.0f', at))
if expires ~= ARGV[4] then redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1]) end
outlive(KEYS[2], at)
if ARGV[9] ~= '' then redis.call('PUBLISH', ARGV[8], ARGV[9]) end
if owner == '' then return 1 end
if ARGV[5] == '' then redis.call('ZREM', KEYS[3], ARGV[1]) else outlive(KEYS[3], at) end
return 1
`,
}
