/** The part of a `Response` that the client reads. */
export interface FetchAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: { getReader(): AnswerReader } | null
}

interface AnswerReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
}

export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly redirect: 'manual'
  readonly cache: 'no-store'
  readonly credentials: 'omit'
  readonly signal: AbortSignal
}

/** What the client needs of the global `fetch`. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>

/** One request, ready to be sent. */
export interface Message {
  readonly method: string
  readonly url: string
  readonly serviceKey: string
  /** JSON text. */
  readonly body: string | undefined
}

/** A whole answer. */
export interface Answer {
  readonly status: number
  header(name: string): string | null
  /** The JSON of the body, or undefined if it is none. */
  readonly json: unknown
}

/** A listing of a thousand sessions, each with all the data it may have, fits in. More is not an answer of this service. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * Sends one request and reads the whole answer. A redirect is an answer like any other and never followed: the key and the
 * tokens would go to whoever is named there (CVE-2022-31042). Nothing is taken from a cache and no cookie is sent.
 */
export async function exchange(fetch: Fetch, message: Message, signal: AbortSignal): Promise<Answer> {
  const answer = await fetch(message.url, {
    method: message.method,
    headers: {
      accept: 'application/json, application/problem+json',
      authorization: `Bearer ${message.serviceKey}`,
      ...(message.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(message.body === undefined ? {} : { body: message.body }),
    redirect: 'manual',
    cache: 'no-store',
    credentials: 'omit',
    signal,
  })
  const body = await readBody(answer)
  const isJson = /^application\/(?:problem\+)?json\b/i.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, header: (name) => answer.headers.get(name), json: isJson ? parse(body) : undefined }
}

/** Undefined for a body that is too large or not UTF-8. The caller's signal ends what is left unread. */
async function readBody(answer: FetchAnswer): Promise<string | undefined> {
  if (answer.body === null) return undefined
  const reader = answer.body.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parts: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (part.value === undefined) continue
    parts.push(part.value)
    size += part.value.byteLength
    if (size > LARGEST_ANSWER_BYTES) return undefined
  }
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode()
  } catch {
    // The decoder has one way to fail: these bytes are not text.
    return undefined
  }
}

function parse(body: string | undefined): unknown {
  if (body === undefined) return undefined
  try {
    return JSON.parse(body)
  } catch {
    // The error would quote the text, which may hold a token.
    return undefined
  }
}
