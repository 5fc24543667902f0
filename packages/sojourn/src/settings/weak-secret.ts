/** HMAC-SHA-256 wants a key of its own length (RFC 7518 3.2). */
const LEAST_BYTES = 32
/** Less than this is tried out by one machine in a year; 43 random characters of base64 have about 230. */
const LEAST_BITS = 96
/** 32 random letters have fewer different ones than this once in a million times. */
const LEAST_DIFFERENT = 10

/** Words that people write into secrets and guessers try first; each counts as one letter (CVE-2020-17526, CVE-2026-34236). */
const WORDS =
  /change[-_ ]?me|password|passwort|default|example|insecure|placeholder|production|development|sojourn|session|supersecret|topsecret|secret|private|token|signing|your|test|demo|jwt|key|qwertz?y?(?:uiop)?|asdf(?:ghjkl)?|zxcv(?:bnm)?|letmein|admin/gi

/** Secrets out of documents, which are long enough and in every list (jwt.io, tutorials, default configurations). */
const WELL_KNOWN: ReadonlySet<string> = new Set([
  'a-string-secret-at-least-256-bits-long',
  'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long',
  'your-256-bit-secret-your-256-bit-secret',
  'your-super-secret-jwt-token-with-at-least-32-characters-long',
  '0123456789abcdef0123456789abcdef',
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  'ah5c2vlyvwj7nzmpq4gz8tbn1ksufr06',
])

/** How many bits it takes to tell this text from others of its letters, if each letter came by chance. */
function bitsIn(text: string): number {
  const counts = new Map<string, number>()
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= count * Math.log2(count / text.length)
  return bits
}

/** A letter that follows from the one before it, by repeating it or by counting on, tells nothing new. */
function withoutRuns(text: string): string {
  return [...text].filter((letter, at) => at === 0 || Math.abs(letter.charCodeAt(0) - text.charCodeAt(at - 1)) > 1).join('')
}

/** The shortest text of which this one is a repetition, cut off anywhere. */
function withoutRepetition(text: string): string {
  for (let period = 1; period <= text.length / 2; period++) {
    if (text.startsWith(text.slice(period))) return text.slice(0, period)
  }
  return text
}

/**
 * Why a text is no secret to sign with, continuing "it …"; undefined if nothing speaks against it. Says nothing of the text.
 * What chance has made passes; what people type, count or copy does not.
 */
export function weaknessOf(secret: string): string | undefined {
  const bytes = new TextEncoder().encode(secret).length
  if (bytes < LEAST_BYTES) return `has ${bytes} bytes; at least ${LEAST_BYTES} are needed`
  if (WELL_KNOWN.has(secret.toLowerCase())) return 'stands in public documents'
  if (new Set(secret).size < LEAST_DIFFERENT) return 'has only a few different letters'
  const rest = withoutRuns(withoutRepetition(secret).replaceAll(WORDS, '*'))
  if (bitsIn(rest) < LEAST_BITS) return 'can be guessed: it repeats, counts or is made of common words'
  return undefined
}
