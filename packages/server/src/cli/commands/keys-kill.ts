import { confirm } from '../confirm.js'
import { CommandError, EXIT } from '../exit.js'
import type { Io } from '../io.js'
import type { Target } from '../target.js'
import { jsonLine, shown } from '../text.js'

export interface KillOptions {
  readonly yes?: boolean
  readonly json?: boolean
}

/** `sojourn keys kill`: for a signing key that may be known to others. Whoever holds a token under it must renew or log in again. */
export async function keysKill(io: Io, target: Target, kid: string, options: KillOptions): Promise<void> {
  const key = (await target.keys()).find(({ id, use }) => id === kid && use === 'signing')
  if (key === undefined) throw new CommandError(EXIT.notFound, `There is no signing key ${shown(kid)} in ${target.name}.`)
  await confirm(io, options.yes === true, `This refuses every token that ${shown(kid)} has signed, for good.`, 'Nothing was killed.')
  const { level } = await target.killKey(kid)
  if (options.json === true) await io.out(jsonLine({ kid, killed: true, level }))
  else await io.out(`${shown(kid)} killed (${level})\n`)
}
