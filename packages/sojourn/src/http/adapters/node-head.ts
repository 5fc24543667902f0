import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Head, IncomingRequest } from '../incoming.js'

/** What the functions `writeHead` of HTTP/1 and HTTP/2 take in the place of an object. */
type GivenHeaders = OutgoingHttpHeaders | readonly unknown[] | undefined
type WriteHead = (
  this: ServerResponse,
  status: number,
  reason?: string | OutgoingHttpHeaders,
  headers?: OutgoingHttpHeaders,
) => ServerResponse

/** A request of Node as the core sees it. A class for its prototype: functions of its own for each request cost more than the check of the session. */
class NodeRequest implements IncomingRequest {
  readonly method: string
  readonly url: string
  readonly connection: Socket | undefined
  readonly #request: IncomingMessage & { readonly body?: unknown }
  readonly #response: ServerResponse
  constructor(request: IncomingMessage & { readonly originalUrl?: string }, response: ServerResponse, url: string) {
    this.method = request.method ?? 'GET'
    this.url = url
    this.connection = request.socket as Socket | undefined
    this.#request = request
    this.#response = response
  }
  header(name: string): string | undefined {
    const { headers } = this.#request
    // Node keeps the first of several lines for some headers, among them Authorization: which one counts must not depend on that.
    if (name === 'authorization' && headers.authorization !== undefined) return linesOf(this.#request, name)
    const value = headers[name]
    if (name === 'host' && value === undefined) return firstOf(headers[':authority'])
    return typeof value === 'string' || value === undefined ? value : value.join(', ')
  }
  get remoteAddress(): string | undefined {
    return this.connection?.remoteAddress
  }
  get isEncrypted(): boolean {
    return isEncrypted(this.connection)
  }
  isHeadOpen(): boolean {
    return !this.#response.headersSent
  }
  form(): unknown {
    return this.#request.body
  }
}

/** Express and Fastify know the address before it was rewritten for a router. */
export function incomingOf(
  request: IncomingMessage & { readonly originalUrl?: string },
  response: ServerResponse,
  url?: string,
): IncomingRequest {
  return new NodeRequest(request, response, url ?? request.originalUrl ?? request.url ?? '/')
}

/** Over HTTP/2 there is no socket any more once the client went away. */
const isEncrypted = (socket: Socket | undefined): boolean => socket !== undefined && 'encrypted' in socket && socket.encrypted === true

const firstOf = (value: string | readonly string[] | undefined): string | undefined => (typeof value === 'string' ? value : value?.[0])

function linesOf({ rawHeaders }: IncomingMessage, name: string): string {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name).join(', ')
}

class NodeHead implements Head {
  readonly #response: ServerResponse
  constructor(response: ServerResponse) {
    this.#response = response
  }
  get(name: string): string | undefined {
    const value = this.#response.getHeader(name)
    return value === undefined ? undefined : Array.isArray(value) ? value.join(', ') : String(value)
  }
  set(name: string, value: string): void {
    this.#response.setHeader(name, value)
  }
  remove(name: string): void {
    this.#response.removeHeader(name)
  }
  append(name: string, value: string): void {
    const there = [this.#response.getHeader(name) ?? []].flat().map(String)
    // Once more after a head that could not be written: its headers are still there.
    if (!there.includes(value)) this.#response.setHeader(name, there.length === 0 ? value : [...there, value])
  }
}

/** Headers given to `writeHead` as pairs, flat or nested, in their order. */
function pairsOf(list: readonly unknown[]): ReadonlyArray<readonly [string, OutgoingHttpHeader]> {
  if (list.every((entry) => Array.isArray(entry))) return list.map((entry) => [String(entry[0]), entry[1]])
  return list.flatMap((entry, index) => (index % 2 === 0 ? [[String(entry), list[index + 1] as OutgoingHttpHeader] as const] : []))
}

/** Puts what `writeHead` was given where `setHeader` puts it: a name that is given takes the place of the one that was set, as Node has it. */
function place(response: ServerResponse, given: GivenHeaders): void {
  if (given === undefined || given === null) return
  const pairs = Array.isArray(given) ? pairsOf(given) : Object.entries(given as OutgoingHttpHeaders)
  const seen = new Set<string>()
  for (const [name, value] of pairs) {
    if (value === undefined) continue
    const key = name.toLowerCase()
    const there = seen.has(key) ? response.getHeader(name) : undefined
    response.setHeader(name, there === undefined ? value : [there, value].flat().map(String))
    seen.add(key)
  }
}

/** Headers given to `writeHead` as an object, as a head. */
class GivenHead implements Head {
  readonly #given: OutgoingHttpHeaders
  constructor(given: OutgoingHttpHeaders) {
    this.#given = given
  }
  /** The name as it was spelled there. */
  #spelled(name: string): string | undefined {
    const key = name.toLowerCase()
    for (const there in this.#given) if (there.length === key.length && there.toLowerCase() === key) return there
    return undefined
  }
  get(name: string): string | undefined {
    const there = this.#spelled(name)
    const value = there === undefined ? undefined : this.#given[there]
    return value === undefined ? undefined : Array.isArray(value) ? value.join(', ') : String(value)
  }
  set(name: string, value: string): void {
    this.#given[this.#spelled(name) ?? name] = value
  }
  remove(name: string): void {
    const there = this.#spelled(name)
    if (there !== undefined) delete this.#given[there]
  }
  append(name: string, value: string): void {
    const there = this.#spelled(name) ?? name
    const before = [this.#given[there] ?? []].flat().map(String)
    if (!before.includes(value)) this.#given[there] = before.length === 0 ? value : [...before, value]
  }
}

/**
 * The headers given to `writeHead`, as an object of our own, if they are all that there are and no name stands twice: Node sends such
 * an object as it is, where headers that were set are copied once more.
 */
function allGiven(response: ServerResponse, given: GivenHeaders): OutgoingHttpHeaders | undefined {
  if (given === undefined || given === null || Array.isArray(given) || response.getHeaderNames().length > 0) return undefined
  const all: OutgoingHttpHeaders = {}
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(given as OutgoingHttpHeaders)) {
    if (value === undefined) continue
    const key = name.toLowerCase()
    if (seen.has(key) || name === '__proto__') return undefined
    seen.add(key)
    all[name] = value
  }
  return all
}

/**
 * Calls `write` at the moment at which the head of this answer is made, by whichever way: `writeHead` with headers as an object,
 * pairs or a flat list, `write`, `end`, `flushHeaders`, a stream; HTTP/1 and HTTP/2. All of them come through `writeHead`
 * (CVE-2025-7339 was about its lists). Informational answers, such as early hints, do not. Returns what takes it back, as long as
 * nobody else has put something in its place.
 */
export function onHead(response: ServerResponse, write: (head: Head) => void): () => void {
  const original = response.writeHead as WriteHead
  const replacement = (status: number, reason?: string | GivenHeaders, headers?: GivenHeaders): ServerResponse => {
    const text = typeof reason === 'string' ? reason : undefined
    const given = typeof reason === 'string' ? headers : (reason ?? headers)
    const all = response.headersSent ? undefined : allGiven(response, given)
    if (all !== undefined) {
      write(new GivenHead(all))
      return text === undefined ? original.call(response, status, all) : original.call(response, status, text, all)
    }
    if (!response.headersSent) {
      place(response, given)
      write(new NodeHead(response))
    }
    return text === undefined ? original.call(response, status) : original.call(response, status, text)
  }
  response.writeHead = replacement as ServerResponse['writeHead']
  return () => {
    if (response.writeHead === replacement) response.writeHead = original as ServerResponse['writeHead']
  }
}
