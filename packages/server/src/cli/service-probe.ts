import type { ServiceSettings } from '../settings.js'
import type { Io } from './io.js'

/** The service is on this host: it answers at once or it does not run. */
const TIMEOUT = 2_000

export interface Probe {
  /** Whether something that looks like the service answers. */
  readonly isAlive: boolean
  /** Its wall clock, to the second. */
  readonly now?: number
}

/** Where the service of these settings would answer to this host. */
export function addressOf({ host, port }: Pick<ServiceSettings, 'host' | 'port'>): string {
  const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${local.includes(':') ? `[${local}]` : local}:${port}`
}

/** Asks `/healthz` whether a service is there. Sends no key. */
export async function probe(io: Io, url: string): Promise<Probe> {
  const abort = new AbortController()
  const cancel = io.clock.after(TIMEOUT, () => abort.abort())
  try {
    const answer = await fetch(`${url.replace(/\/+$/, '')}/healthz`, { redirect: 'manual', signal: abort.signal })
    const text = await answer.text()
    const now = Date.parse(answer.headers.get('date') ?? '')
    return { isAlive: answer.status === 200 && /"status"\s*:\s*"ok"/.test(text), ...(Number.isNaN(now) ? {} : { now }) }
  } catch {
    // Nobody there, or nobody that speaks HTTP: either way no service.
    return { isAlive: false }
  } finally {
    cancel()
  }
}
