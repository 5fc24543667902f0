import type { Bench } from './bench.js'

/** A token taken apart, whatever its form: what checks about the form need to know of it. */
interface TokenForm {
  readonly pattern: RegExp
  readonly rowId: string
  /** The part that opens the session. */
  readonly secret: string
  /** Where the head of one token and the tail of another can be joined. */
  readonly seams: readonly number[]
}

const OPAQUE = /^[A-Za-z0-9_-]{82}$/
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** What every token of this bench looks like. */
export const patternOf = ({ tokens }: Pick<Bench, 'tokens'>): RegExp => (tokens === 'opaque' ? OPAQUE : JWT)

export function formOf(token: string): TokenForm {
  const [header, payload] = token.split('.')
  if (header === undefined || payload === undefined)
    return { pattern: OPAQUE, rowId: token.slice(0, 24), secret: token.slice(28, 71), seams: [2, 24, 28, 71] }
  const { sid, jti } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const end = token.lastIndexOf('.')
  return { pattern: JWT, rowId: String(sid).slice(4), secret: String(jti).slice(6), seams: [header.length + 200, end, end + 20] }
}

/** A text that chance made, in the form of a token: of a JWT it has the true header. */
export function randomToken({ tokens }: Pick<Bench, 'tokens'>, model: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(62))
  const text = Buffer.from(bytes).toString('base64url')
  return tokens === 'opaque' ? `aa${text}`.slice(0, 82) : `${model.split('.')[0]}.${text}.${text}`
}
