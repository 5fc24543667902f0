import { confirm } from '../confirm.js'
import type { Io } from '../io.js'
import { plural } from '../plural.js'
import type { Target } from '../target.js'
import { jsonLine, shown } from '../text.js'
import { walk } from '../walk.js'
import type { RevokeOptions } from './sessions-revoke.js'

/** `sojourn users revoke`: logs a user out everywhere, also out of a login that is under way. */
export async function usersRevoke(io: Io, target: Target, userId: string, options: RevokeOptions): Promise<void> {
  if (options.yes !== true) {
    let count = 0
    for await (const session of walk(target, { userId, status: 'active' })) count += session.userId === userId ? 1 : 0
    await confirm(
      io,
      false,
      `This ends all sessions of ${shown(userId)}: ${count.toLocaleString('en')} now, and any login that is under way.`,
    )
  }
  const { terminated, level } = await target.endAll(userId, options.reason)
  if (options.json === true) await io.out(jsonLine({ userId, terminated, level, reason: options.reason }))
  else await io.out(`${plural(terminated, 'session')} of ${shown(userId)} ended (${level})\n`)
}
