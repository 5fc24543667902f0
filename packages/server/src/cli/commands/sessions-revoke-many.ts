import { confirm } from '../confirm.js'
import { CommandError, EXIT } from '../exit.js'
import type { Io } from '../io.js'
import { plural } from '../plural.js'
import { progress } from '../progress.js'
import type { ManySessions, Target } from '../target.js'
import { jsonLine, shown } from '../text.js'
import type { RevokeOptions } from './sessions-revoke.js'

export interface RevokeManyOptions extends RevokeOptions {
  readonly tenant?: string
  readonly all?: boolean
}

/** Whose sessions the options mean, or undefined for those whose ids are given. Throws if they mean two things. */
export function manyIn({ tenant, all }: RevokeManyOptions, ids: readonly string[]): ManySessions | undefined {
  const meanings = [ids.length > 0, tenant !== undefined, all === true].filter(Boolean).length
  if (meanings !== 1) throw new CommandError(EXIT.usage, 'Name sessions by their ids, or a tenant with --tenant, or all with --all.')
  if (tenant !== undefined) return { tenant }
  return all === true ? { all: true } : undefined
}

/** `sojourn sessions revoke --tenant` and `--all`. */
export async function sessionsRevokeMany(io: Io, target: Target, what: ManySessions, options: RevokeOptions): Promise<void> {
  const whose = 'tenant' in what ? `of the tenant ${shown(what.tenant)}` : 'of all users of all tenants'
  await confirm(io, options.yes === true, `This ends all sessions ${whose} in ${target.name}, and any login that is under way.`)
  const bar = progress(io, 'Ended')
  const { terminated, level } = await target.endMany(what, options.reason, (so) => bar.step(so.terminated))
  bar.end()
  if (options.json === true)
    await io.out(jsonLine({ ...what, terminated, level: level ?? null, done: level !== undefined, reason: options.reason }))
  else if (level === undefined) await io.out(`${plural(terminated, 'session')} ended so far; the service goes on with the others\n`)
  else await io.out(`${plural(terminated, 'session')} ended (${level})\n`)
}
