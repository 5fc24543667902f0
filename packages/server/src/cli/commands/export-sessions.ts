import { atomically } from '../atomically.js'
import type { Io } from '../io.js'
import { plural } from '../plural.js'
import { progress } from '../progress.js'
import type { Target } from '../target.js'
import { jsonLine, shown } from '../text.js'
import { walk } from '../walk.js'

/** Written at once: large enough to be fast, small enough to hold nothing up. */
const PART = 64 * 1024

/** `sojourn export`: all sessions, in whatever state, as JSON lines. There are no tokens in it: nobody has them. */
export async function exportSessions(io: Io, target: Target, options: { readonly output?: string }): Promise<void> {
  const { output } = options
  if (output === undefined) {
    await writeAll(io, target, (text) => io.out(text))
    return
  }
  const count = await atomically(output, (file) => writeAll(io, target, async (text) => void (await file.writeFile(text))))
  io.err(`${plural(count, 'session')} written to ${shown(output)}.\n`)
}

async function writeAll(io: Io, target: Target, write: (text: string) => Promise<void>): Promise<number> {
  const bar = progress(io, 'Sessions written')
  let count = 0
  let part = ''
  for await (const session of walk(target, { status: 'all' })) {
    part += jsonLine(session)
    bar.step(++count)
    if (part.length < PART) continue
    await write(part)
    part = ''
  }
  if (part !== '') await write(part)
  bar.end()
  return count
}
