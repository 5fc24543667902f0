import { type Clock, type Millis, sleep } from '../../clock.js'
import { NotSentError, provesNothingDone, replyCode } from './faults.js'
import { textOf } from './reply.js'
import type { Script } from './script.js'
import type { Answer, Command, Wire } from './wire.js'

/** Questions to the servers, each with the instant (by the monotonic clock) until which its verb may wait. */
export interface Asking {
  command(command: Command, key: string, until: Millis): Promise<Answer>
  script(script: Script, keys: readonly [string, ...string[]], args: readonly (string | Buffer)[], until: Millis): Promise<Answer>
}

const FIRST_PAUSE: Millis = 5
const LONGEST_PAUSE: Millis = 100

/**
 * Asks over `wire`, and asks again only where the server has said that it did nothing. `digests` names the scripts by what
 * `SCRIPT LOAD` answered; one that is not named there is sent in full.
 */
export function asking(wire: Wire, clock: Clock, digests: ReadonlyMap<Script, string>): Asking {
  const command: Asking['command'] = async (command, key, until) => {
    let isPassing = false
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await wire.send(command, key, until - clock.monotonic())
      } catch (fault) {
        // A server that has just become a replica is left, and its successor may take a moment to be found.
        isPassing = provesNothingDone(fault) || (isPassing && fault instanceof NotSentError)
        if (!isPassing || clock.monotonic() + pause >= until) throw fault
      }
      await sleep(clock, pause)
    }
  }
  return {
    command,
    async script(script, keys, args, until) {
      const rest = [`${keys.length}`, ...keys, ...args]
      const digest = digests.get(script)
      if (digest !== undefined) {
        try {
          return await command(['EVALSHA', digest, ...rest], keys[0], until)
        } catch (fault) {
          // A server that was restarted, or took over, has not seen the script yet.
          if (replyCode(fault) !== 'NOSCRIPT') throw fault
        }
      }
      return command(['EVAL', script.text, ...rest], keys[0], until)
    },
  }
}

/** Gives the scripts to the server of `key`, which answers what they are called from now on; by their text, so on each server alike. */
export async function loadScripts(wire: Wire, scripts: readonly Script[], key: string, wait: Millis): Promise<ReadonlyMap<Script, string>> {
  const digests = new Map<Script, string>()
  for (const script of scripts) {
    try {
      digests.set(script, textOf((await wire.send(['SCRIPT', 'LOAD', script.text], key, wait)).reply))
    } catch (fault) {
      // Where loading is not allowed, the script goes along with each call.
      if (replyCode(fault) !== 'NOPERM') throw fault
    }
  }
  return digests
}
