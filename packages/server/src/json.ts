import { MAX_JSON_DEPTH, MAX_JSON_KEYS } from './limits.js'
import { faultPath, faulty } from './problem.js'

interface Frame {
  readonly keys: Set<string> | undefined
  /** The key or index that the scan stands at. */
  at: string | number
  /** Whether the next string is a key. */
  expectsKey: boolean
}

/** Keys that change the prototype of what an object is copied into (CVE-2018-3721, CVE-2019-10744). */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Parses a JSON object. Throws a problem (400) with the path for a key that stands twice, where parsers differ in which one
 * counts (RFC 8259 4), for keys that reach a prototype, and for what is nested too deep or has too many keys.
 */
export function parseJson(text: string): Readonly<Record<string, unknown>> {
  inspect(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The error of the parser quotes the text, which may hold a token.
    throw faulty([{ path: '', message: 'The body is not valid JSON.' }])
  }
  if (!isObject(value)) throw faulty([{ path: '', message: 'The body must be a JSON object.' }])
  return value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Walks over the structure once, before anything is built. Says nothing about syntax: the parser does that next. */
function inspect(text: string): void {
  const frames: Frame[] = []
  let keys = 0
  for (let at = 0; at < text.length; at++) {
    const frame = frames.at(-1)
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at)
        if (frame?.keys !== undefined && frame.expectsKey) {
          enterKey(frames, frame, text.slice(at, end + 1))
          if (++keys > MAX_JSON_KEYS) throw refused(frames, `The body has more than ${MAX_JSON_KEYS} keys.`)
        }
        at = end
        break
      }
      case '{':
      case '[':
        frames.push(text[at] === '{' ? { keys: new Set(), at: '', expectsKey: true } : { keys: undefined, at: 0, expectsKey: false })
        if (frames.length > MAX_JSON_DEPTH) throw refused(frames.slice(0, -1), `The body is nested deeper than ${MAX_JSON_DEPTH} levels.`)
        break
      case '}':
      case ']':
        frames.pop()
        break
      case ',':
        if (frame === undefined) break
        if (frame.keys === undefined) frame.at = Number(frame.at) + 1
        else frame.expectsKey = true
        break
      default:
    }
  }
}

function enterKey(frames: readonly Frame[], frame: Frame, literal: string): void {
  const key = literal.includes('\\') ? keyIn(literal) : literal.slice(1, -1)
  frame.at = key
  frame.expectsKey = false
  if (FORBIDDEN_KEYS.has(key)) throw refused(frames, 'This key is never allowed.')
  if (frame.keys?.has(key)) throw refused(frames, 'This key stands twice.')
  frame.keys?.add(key)
}

/** The index of the closing quotation mark, or of the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}

function keyIn(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch {
    // Bad escapes are bad syntax, which the parser reports for the whole text.
    return literal
  }
}

function refused(frames: readonly Frame[], message: string): Error {
  return faulty([{ path: faultPath(frames.map((frame) => frame.at)), message }])
}
