import type { Millis } from '../../clock.js'
import type { Asking } from './asking.js'
import type { Keys } from './keys.js'
import type { OwnerHints } from './owner-hints.js'
import type { Script } from './script.js'
import type { Written } from './written.js'

/** What the verbs of one store share. */
export interface Parts {
  readonly asking: Asking
  readonly keys: Keys
  readonly hints: OwnerHints
  readonly written: Written
}

/** Runs a script that writes, and notes which connection carried it. Answers its result. */
export async function write(
  { asking, written }: Parts,
  bucket: string,
  script: Script,
  keys: readonly [string, ...string[]],
  args: readonly (string | Buffer)[],
  until: Millis,
): Promise<unknown> {
  try {
    const { reply, carrier } = await asking.script(script, keys, args, until)
    written.note(bucket, carrier)
    return reply
  } catch (fault) {
    written.lose(bucket)
    throw fault
  }
}
