import { confirm } from '../confirm.js'
import { CommandError, EXIT } from '../exit.js'
import type { Io } from '../io.js'
import { plural } from '../plural.js'
import { progress } from '../progress.js'
import type { Target } from '../target.js'
import { jsonLine, shown } from '../text.js'

export interface RevokeOptions {
  readonly reason: string
  readonly yes?: boolean
  readonly json?: boolean
}

/** `sojourn sessions revoke`. Ends what there is to end, also if some of the ids are not known. */
export async function sessionsRevoke(io: Io, target: Target, ids: readonly string[], options: RevokeOptions): Promise<void> {
  const found = await target.find(ids)
  const missing = [...new Set(ids)].filter((id) => !found.some((session) => session.id === id))
  const active = found.filter(({ status }) => status === 'active')
  if (active.length > 0) {
    const users = [...new Set(active.map(({ userId }) => shown(userId)))]
    const whose = users.length === 1 ? `of ${users.join()}` : `of ${plural(users.length, 'user')}`
    await confirm(io, options.yes === true, `This ends ${plural(active.length, 'session')} ${whose}.`)
  }
  const bar = progress(io, 'Ended')
  let ended = 0
  for (const { id, status } of found) {
    // One that has ended is told and left alone: its own reason stays.
    const level = status === 'active' ? (await target.end(id, options.reason)).level : undefined
    if (level !== undefined) bar.step(++ended)
    await tell(io, options, id, level)
  }
  bar.end()
  if (missing.length === 0) return
  const names = missing.map((id) => shown(id)).join(', ')
  throw new CommandError(EXIT.notFound, `There is no session ${names} in ${target.name}. ${plural(ended, 'session')} ended.`)
}

async function tell(io: Io, { json, reason }: RevokeOptions, id: string, level: string | undefined): Promise<void> {
  if (json === true) await io.out(jsonLine(level === undefined ? { id, ended: false } : { id, ended: true, level, reason }))
  else await io.out(level === undefined ? `${shown(id)} had ended before\n` : `${shown(id)} ended (${level})\n`)
}
