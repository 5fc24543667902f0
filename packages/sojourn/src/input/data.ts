import { readObject, refuse } from './refuse.js'

/** Bytes of JSON. A session is read at each request; larger things belong into the application's own database. */
const MAX_DATA_BYTES = 65_536
const MAX_DEPTH = 16

/** Keys that would change an object's nature when it is merged or parsed carelessly (CVE-2019-10744). */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

function checkDepthAndKeys(path: string, value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DEPTH) refuse(path, value, `it may be nested at most ${MAX_DEPTH} deep.`)
  for (const key of Object.keys(value)) {
    if (FORBIDDEN.has(key)) refuse(`${path}.${key}`, value, 'this name is not allowed for a key.')
    checkDepthAndKeys(`${path}.${key.slice(0, 64)}`, (value as Readonly<Record<string, unknown>>)[key], depth + 1)
  }
}

/** The application's own data, as a copy that went through JSON: what comes back later is what is returned now. */
export function readData(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {}
  const given = readObject(path, value)
  checkDepthAndKeys(path, given, 1)
  let json: string | undefined
  try {
    json = JSON.stringify(given)
  } catch {
    refuse(path, value, 'it must be plain JSON: objects, arrays, strings, numbers, booleans and null.')
  }
  if (Buffer.byteLength(json) > MAX_DATA_BYTES) refuse(path, value, `it may have at most ${MAX_DATA_BYTES} bytes as JSON.`)
  return JSON.parse(json)
}
