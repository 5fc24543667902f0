import { CommandError, EXIT } from './exit.js'
import type { Io } from './io.js'

/** Asks before something that cannot be undone. Without a person to ask, `--yes` must have been given. */
export async function confirm(io: Io, isAgreed: boolean, what: string, otherwise = 'Nothing was ended.'): Promise<void> {
  if (isAgreed) return
  if (io.ask === undefined) throw new CommandError(EXIT.usage, `${what} There is nobody to ask here: add --yes to do it.`)
  const answer = await io.ask(`${what} Go on? [y/N] `)
  if (!/^\s*y(?:es)?\s*$/i.test(answer)) throw new CommandError(EXIT.failed, otherwise)
}
