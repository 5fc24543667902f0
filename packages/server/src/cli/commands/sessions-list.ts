import type { SessionQuery } from 'sojourn'
import type { Io } from '../io.js'
import { paint } from '../paint.js'
import { plural } from '../plural.js'
import type { SessionRecord } from '../session-record.js'
import { sessionsTable } from '../sessions-table.js'
import type { Target } from '../target.js'
import { jsonLine } from '../text.js'
import { walk } from '../walk.js'

export interface ListOptions {
  readonly user?: string
  readonly tenant?: string
  readonly role?: string
  readonly status: 'active' | 'ended' | 'all'
  readonly limit: number
  readonly json?: boolean
}

/** `sojourn sessions list`. */
export async function sessionsList(io: Io, target: Target, options: ListOptions): Promise<void> {
  const { user, tenant, role, status, limit } = options
  const query: SessionQuery = {
    status,
    ...(user === undefined ? {} : { userId: user }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(role === undefined ? {} : { role }),
  }
  const sessions: SessionRecord[] = []
  // One more than asked for tells whether there are more.
  for await (const session of walk(target, query, limit + 1)) sessions.push(session)
  const listed = sessions.slice(0, limit)
  if (options.json === true) {
    for (const session of listed) await io.out(jsonLine(session))
    return
  }
  if (listed.length === 0) {
    io.err(`No session fits, in ${target.name}.\n`)
    return
  }
  const style = paint(io)
  const [titles = '', ...lines] = sessionsTable(listed, io.clock.now(), io.columns)
  await io.out(`${style('bold', titles)}\n${lines.map((line) => `${line}\n`).join('')}`)
  const more = sessions.length > limit ? ' There are more: see --limit.' : ''
  io.err(`${style('dim', `${plural(listed.length, 'session')} in ${target.name}.${more}`)}\n`)
}
