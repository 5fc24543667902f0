import type { Clock, Millis } from '../clock.js'

export interface JsonAnswer {
  readonly status: number
  readonly etag: string | null
  /** Parsed; undefined if there is none. */
  readonly json: unknown
}

/** Gets a document. Rejects where there is no whole answer in time. */
export type FetchJson = (url: string, headers: Readonly<Record<string, string>>) => Promise<JsonAnswer>

/** A feed of a hundred thousand entries has 8 MB. */
const LARGEST: number = 32 * 1024 * 1024
const PATIENCE: Millis = 5_000

async function textOf(answer: Response): Promise<string> {
  if (answer.body === null) return ''
  const reader = answer.body.getReader()
  const parts: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > LARGEST) throw new RangeError('the answer is too large')
    parts.push(part.value)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
}

/** A redirect is never followed: the key would go to whoever is named there (CVE-2022-31042). */
export function fetchJson(fetch: typeof globalThis.fetch, clock: Clock): FetchJson {
  return async (url, headers) => {
    const abort = new AbortController()
    let cancel = (): void => undefined
    // A race, and not the signal alone: a fetch that was given by the caller may not listen to it.
    const late = new Promise<never>((_resolve, reject) => {
      cancel = clock.after(PATIENCE, () => reject(new Error('no answer in time')))
    })
    const sent = async (): Promise<JsonAnswer> => {
      const answer = await fetch(url, { headers, redirect: 'manual', credentials: 'omit', signal: abort.signal })
      const json: unknown = answer.status === 200 ? JSON.parse(await textOf(answer)) : undefined
      return { status: answer.status, etag: answer.headers.get('etag'), json }
    }
    try {
      return await Promise.race([sent(), late])
    } finally {
      cancel()
      abort.abort()
    }
  }
}
