/** What a script can tell from the exit code; `--help` says the same. */
export const EXIT: Readonly<Record<'ok' | 'failed' | 'usage' | 'unavailable' | 'notFound' | 'interrupted', number>> = Object.freeze({
  ok: 0,
  failed: 1,
  usage: 2,
  unavailable: 3,
  notFound: 4,
  interrupted: 130,
})

/** Ends a command with a sentence for people and a code for scripts. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
