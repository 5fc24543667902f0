/** A proof is two flat objects and a key; what lies deeper was made to hurt a parser. */
const MAX_DEPTH = 4

/** A string of JSON, and the colon that makes it a key. */
const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/gs

/** How many keys stand in a value; undefined for one that is too deep or reaches for a prototype (CVE-2018-3721). */
function countKeys(value: unknown, depth: number): number | undefined {
  if (typeof value !== 'object' || value === null) return 0
  if (depth === MAX_DEPTH) return undefined
  let count = 0
  for (const [key, part] of Object.entries(value)) {
    const below = countKeys(part, depth + 1)
    if (below === undefined || key === '__proto__') return undefined
    count += below + (Array.isArray(value) ? 0 : 1)
  }
  return count
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The one thing that this can mean is that it is no JSON, and the message would repeat it.
    return undefined
  }
}

/**
 * The JSON object in a text; undefined for anything else, and for an object in which a key stands twice: of two parsers one
 * would take the first and the other the last (RFC 8725 2.4). The parser keeps one of them, so the keys of the text are counted.
 */
export function parseStrict(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const written = [...text.matchAll(STRINGS)].filter(([, colon]) => colon !== undefined).length
  return countKeys(value, 0) === written ? (value as Readonly<Record<string, unknown>>) : undefined
}
