import { CommanderError } from 'commander'
import { isSessionError } from 'sojourn'
import { CommandError, EXIT } from './exit.js'
import type { Io } from './io.js'
import { program } from './program.js'
import { jsonLine, shown } from './text.js'

/** Runs one command line (without `node` and the script) and answers the exit code. Nothing is thrown. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    await program(io).parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (fault) {
    // Commander has said what is wrong itself.
    if (fault instanceof CommanderError) return fault.exitCode === 0 ? EXIT.ok : EXIT.usage
    const exitCode = exitCodeOf(fault)
    const message = fault instanceof Error ? fault.message : String(fault)
    if (argv.includes('--json')) io.err(jsonLine({ error: message, exitCode }))
    else io.err(`${message.split('\n').map(shown).join('\n')}\n`)
    return exitCode
  }
}

function exitCodeOf(fault: unknown): number {
  if (fault instanceof CommandError) return fault.exitCode
  if (!isSessionError(fault)) return EXIT.failed
  if (fault.code === 'STORE_UNAVAILABLE') return EXIT.unavailable
  const isUsage = fault.code === 'INVALID_ARGUMENT' || (fault.code === 'CONFIG_INVALID' && fault.path === 'url')
  return isUsage ? EXIT.usage : EXIT.failed
}
