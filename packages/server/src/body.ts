import type { Context } from 'hono'
import { begunOf } from './begun.js'
import { parseJson } from './json.js'
import { MAX_BODY_BYTES } from './limits.js'
import { faultPath, faulty, Problem } from './problem.js'

type MediaType = 'application/json' | 'application/x-www-form-urlencoded'

/** The JSON object in the body of a request. Throws a problem: 413 for too much, 415 for another type, 400 for what is no JSON object. */
export async function readJson(c: Context): Promise<Readonly<Record<string, unknown>>> {
  demandType(c, 'application/json')
  return parseJson(await readText(c))
}

/** The fields of a form. One that stands twice is refused (RFC 6749 3.1). */
export async function readForm(c: Context): Promise<Readonly<Record<string, unknown>>> {
  demandType(c, 'application/x-www-form-urlencoded')
  return fieldsOf(new URLSearchParams(await readText(c)))
}

/** Refuses a body where a call takes none, and the types that a form on another site can send. An empty JSON object is none. */
export async function refuseBody(c: Context): Promise<void> {
  const text = c.req.raw.body === null ? '' : await readText(c)
  if (text === '' && c.req.header('content-type') === undefined) return
  demandType(c, 'application/json')
  const [key] = text === '' ? [] : Object.keys(parseJson(text))
  if (key !== undefined) throw faulty([{ path: faultPath([key]), message: 'This call takes no body.' }])
}

/** Fields by name, without a prototype. Throws a problem (400) for a name that stands twice. */
export function fieldsOf(parameters: URLSearchParams): Readonly<Record<string, unknown>> {
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of parameters) {
    if (name in fields) throw faulty([{ path: faultPath([name]), message: 'This parameter stands twice.' }])
    fields[name] = value
  }
  return { ...fields }
}

/** Whether a content type is this one, in UTF-8. */
function isOfType(contentType: string, expected: MediaType): boolean {
  if (contentType === expected) return true
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  return type === expected && parameters.every((parameter) => parameter === '' || /^charset="?utf-8"?$/.test(parameter))
}

/** Whether a content type is that of JSON. */
export function isJson(contentType: string): boolean {
  return isOfType(contentType, 'application/json')
}

function demandType(c: Context, expected: MediaType): void {
  if (!isOfType(c.req.header('content-type') ?? '', expected) || c.req.header('content-encoding') !== undefined) {
    throw new Problem(
      415,
      'INVALID_ARGUMENT',
      `The body must be ${expected} in UTF-8 and not compressed; the header Content-Type must say so.`,
    )
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Bytes as UTF-8 text. Throws a `TypeError` for what is none. */
export function textOf(bytes: ArrayBuffer | Uint8Array): string {
  return utf8.decode(bytes)
}

async function readText(c: Context): Promise<string> {
  const bytes = await readBytes(c)
  try {
    return textOf(bytes)
  } catch {
    // The decoder has one way to fail.
    throw faulty([{ path: '', message: 'The body is not UTF-8 text.' }])
  }
}

/** A length that is told is refused before a byte is read; one that is not told (chunked) is counted. */
async function readBytes(c: Context): Promise<Uint8Array> {
  const told = c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
  if (told !== undefined && Number(told) > MAX_BODY_BYTES) throw tooLarge()
  try {
    const bytes =
      told === undefined ? await countedBytes(c.req.raw) : new Uint8Array(await (begunOf(c.req.raw)?.bytes ?? c.req.raw.arrayBuffer()))
    if (bytes.byteLength > MAX_BODY_BYTES) throw tooLarge()
    return bytes
  } catch (fault) {
    if (fault instanceof Problem) throw fault
    throw faulty([{ path: '', message: 'The body ended before it was complete.' }])
  }
}

async function countedBytes(request: Request): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    size += part.value.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge()
    parts.push(part.value)
  }
  return Buffer.concat(parts)
}

function tooLarge(): Problem {
  return new Problem(413, 'INVALID_ARGUMENT', `The body is larger than ${MAX_BODY_BYTES} bytes.`)
}
