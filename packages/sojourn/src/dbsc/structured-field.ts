/** What an sf-string may hold (RFC 9651 3.3.3). */
const PRINTABLE = /^[\x20-\x7e]*$/
const STRING = /^ *"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)" *(?:;.*)?$/
/** A text of the characters that tokens and JWTs are made of, as the explainer and some browsers send it without quotes. */
const BARE = /^ *([A-Za-z0-9_.:-]+) *(?:;.*)?$/

/** A text as an sf-string. Throws for what no header can carry: that would be our own mistake. */
export function sfString(text: string): string {
  if (!PRINTABLE.test(text)) throw new RangeError('A string of a structured field holds printable ASCII only.')
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`
}

/** An sf-string, or the same text bare; parameters are passed over. Undefined for anything else, two values included. */
export function readSfString(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined
  const quoted = STRING.exec(header)?.[1]
  return quoted === undefined ? BARE.exec(header)?.[1] : quoted.replaceAll(/\\(["\\])/g, '$1')
}

/** The value of `Secure-Session-Registration` (draft 9.1): a list of one inner list of algorithms, with parameters. */
export function registrationField(
  algorithms: readonly string[],
  parameters: { readonly path: string; readonly challenge: string; readonly authorization?: string },
): string {
  const { path, challenge, authorization } = parameters
  const last = authorization === undefined ? '' : `;authorization=${sfString(authorization)}`
  return `(${algorithms.join(' ')});path=${sfString(path)};challenge=${sfString(challenge)}${last}`
}

/** The value of `Secure-Session-Challenge` (draft 9.2). */
export function challengeField(challenge: string, identifier: string): string {
  return `${sfString(challenge)};id=${sfString(identifier)}`
}
