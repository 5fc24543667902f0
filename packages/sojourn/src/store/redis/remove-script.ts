import type { Script } from './script.js'

/**
 * KEYS: row, expiry index, owner index of the named owner (left out if none is named).
 * ARGV: id, version ('' for any), named owner ('' for none), subject, message ('' for none).
 * Result: the row as it was stored; nil if there is no such row, or it has another version; else the stored owner as the
 * only member of an array, who has to be named, and nothing was changed.
 */
export const removeScript: Script = {
  text: `
local row = redis.call('GET', KEYS[1])
if not row then return false end
local version, owner = string.match(row, '^(%d+) %-?%d+ %-?%d+ (%S*) ')
if ARGV[2] ~= '' and version ~= ARGV[2] then return false end
if owner ~= '' and owner ~= ARGV[3] then return {owner} end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[5] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
if owner ~= '' then redis.call('ZREM', KEYS[3], ARGV[1]) end
return row
`,
}
