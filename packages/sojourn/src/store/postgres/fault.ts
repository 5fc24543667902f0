/** Something that went wrong on the way to the server or inside it, in words that hold no row, password or address. */
export class PostgresFault extends Error {
  override readonly name = 'PostgresFault'
  /** SQLSTATE, or Node's name for a fault of the network, or what we found ourselves. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export const LATE = 'LATE'
export const STANDBY = 'STANDBY'
export const NOT_REPLICATED = 'NOT_REPLICATED'
export const STANDBY_AWAY = 'STANDBY_AWAY'

export const lateFault = (limit: number): PostgresFault => new PostgresFault(LATE, `Postgres did not answer within ${limit} ms`)

export const standbyFault = (): PostgresFault =>
  new PostgresFault(STANDBY, 'this server is a standby, which may lag behind; only the primary can be asked')

export const replacedFault = (): PostgresFault =>
  new PostgresFault(STANDBY, 'another server has answered than the one whose changes this process hears')

/** Our own words for what an operator meets, by SQLSTATE or its class. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const WORDS: Readonly<Record<string, string>> = {
  '08': 'the connection failed',
  '25006': 'the server takes no writes: it is a standby, or was set to read-only',
  '28': 'the server refused the user or the password',
  '3D': 'there is no such database',
  '42501': 'the role lacks a right',
  '42883': 'a function is missing: run the migrations',
  '42P01': 'a table is missing: run the migrations',
  '53100': 'the disk of the server is full',
  '53200': 'the server is out of memory',
  '53300': 'the server has no connection left',
  '55P03': 'another transaction held a lock for too long',
  '57014': 'the server gave up after the time that was allowed',
  '57P01': 'the server is shutting down, or an administrator closed the connection',
  '57P02': 'the server crashed and is starting again',
  '57P03': 'the server is starting or stopping',
}

/** The server's own words in these classes speak of its schema, files and state, never of values in a row. */
const PLAIN_CLASSES = new Set(['25', '42', '53', '55', '57', '58', 'XX'])

/** After these the connection is closed, or cannot be trusted to lead to the primary. */
const BREAKING = /^(?:08|26|28|3D|57P|25006|53300)/

/** The words of the driver itself; everything else it throws has a code. */
const DRIVER_WORDS = /^(?:Connection terminated|timeout |Client |Query read timeout|Cannot use a pool|SASL|The server does not support SSL)/

/** Leaves out of what a driver threw everything that could come from a row, a password or an address. */
export function faultOf(thrown: unknown): PostgresFault {
  if (thrown instanceof PostgresFault) return thrown
  if (!(thrown instanceof Error)) return new PostgresFault('UNKNOWN', 'the driver failed')
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  if (isFromServer(thrown)) {
    const state = code.slice(0, 2)
    const words = WORDS[code] ?? WORDS[state] ?? 'the server refused a statement'
    const detail = PLAIN_CLASSES.has(state) ? `: ${thrown.message}` : ''
    return new PostgresFault(code, `${words} (SQLSTATE ${code}${detail})`)
  }
  if (/^[A-Z][A-Z_0-9]*$/.test(code)) return new PostgresFault(code, `the connection failed (${code})`)
  const words = DRIVER_WORDS.test(thrown.message) ? thrown.message : thrown.name
  return new PostgresFault('CONNECTION', `the connection failed (${words})`)
}

/** Whether a connection on which this happened must be closed. */
export function breaksConnection(thrown: unknown): boolean {
  if (thrown instanceof PostgresFault) return thrown.code === STANDBY || thrown.code === LATE
  return !(thrown instanceof Error && isFromServer(thrown)) || BREAKING.test('code' in thrown ? String(thrown.code) : '')
}

/** Only what the server reported has a severity; some of Node's codes, such as EPIPE, look like a SQLSTATE. */
const isFromServer = (thrown: Error): boolean => 'severity' in thrown && 'code' in thrown && /^[0-9A-Z]{5}$/.test(String(thrown.code))
