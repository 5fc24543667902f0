import type { Script } from './script.js'

/**
 * Takes out of an index what Redis itself has dropped: rows that nobody swept for a day after their end.
 *
 * KEYS: index, rows. ARGV: the ids of these rows. Result: how many were taken out.
 */
export const forgetScript: Script = {
  text: `
local forgotten = 0
for place = 2, #KEYS do
  if redis.call('EXISTS', KEYS[place]) == 0 then forgotten = forgotten + redis.call('ZREM', KEYS[1], ARGV[place - 1]) end
end
return forgotten
`,
}
