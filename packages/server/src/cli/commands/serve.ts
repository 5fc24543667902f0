import { loadConfig } from '../../config/load.js'
import { startService } from '../../start.js'
import { EXIT } from '../exit.js'
import type { GlobalOptions, Io } from '../io.js'
import { sourcesOf } from '../sources.js'

export interface ServeOptions extends GlobalOptions {
  readonly host?: string
  readonly port?: string
}

/** `sojourn serve`. The first SIGTERM or SIGINT lets what is under way finish, the second one ends the process at once. */
export async function serve(io: Io, options: ServeOptions): Promise<void> {
  const { host, port, json } = options
  const { environment, ...sources } = sourcesOf(io, options)
  const own = { ...(host === undefined ? {} : { SOJOURN_HOST: host }), ...(port === undefined ? {} : { SOJOURN_PORT: port }) }
  const settings = await loadConfig({ ...sources, environment: { ...environment, ...own } })
  io.outliveReader()
  const asked = signalled(io)
  try {
    // Programs read the same from the line that the log begins with.
    const announce = json === true ? {} : { announce: (text: string): void => void io.out(text) }
    const service = await startService(settings, { clock: io.clock, ...announce })
    await asked.promise
    await service.close()
  } finally {
    asked.stop()
  }
}

function signalled(io: Io): { readonly promise: Promise<void>; stop(): void } {
  let count = 0
  let stop = (): void => undefined
  const promise = new Promise<void>((resolve) => {
    stop = io.onSignal(() => (count++ === 0 ? resolve() : io.exit(EXIT.interrupted)))
  })
  return { promise, stop: () => stop() }
}
