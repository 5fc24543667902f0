import { connect } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Every header line, in order, names in lower case. */
  readonly lines: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
  /** The lines of one name, joined. */
  header(name: string): string | undefined
  readonly setCookies: readonly string[]
}

export interface Asked {
  readonly method?: string
  readonly path?: string
  /** Header lines as they are, so that a name can stand there twice. */
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
  readonly body?: string
}

/** Writes a request byte by byte as it is given, and reads until the server closes the connection. */
export async function askRaw(url: string, { method = 'GET', path = '/', headers = [], body }: Asked): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url)
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...(hasHost ? [] : [`Host: ${host}`]),
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ]
  const bytes = `${head.join('\r\n')}\r\n\r\n${body ?? ''}`
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    const parts: Buffer[] = []
    socket.on('data', (part) => parts.push(part as Buffer))
    socket.on('error', reject)
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(parts).toString('latin1'))))
    socket.write(bytes, 'latin1')
  })
}

/** Reads the last answer of a text; informational ones before it are dropped. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...rest] = text.slice(0, end).split('\r\n')
  const status = Number(first.split(' ')[1])
  if (status >= 100 && status < 200) return parseAnswer(text.slice(end + 4))
  const lines = rest.map((line): readonly [string, string] => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
  })
  const valuesOf = (name: string): string[] => lines.filter(([key]) => key === name).map(([, value]) => value)
  const header = (name: string): string | undefined => (valuesOf(name).length === 0 ? undefined : valuesOf(name).join(', '))
  const payload = text.slice(end + 4)
  return {
    status,
    lines,
    header,
    setCookies: valuesOf('set-cookie'),
    body: header('transfer-encoding') === 'chunked' ? unchunked(payload) : payload,
  }
}

function unchunked(text: string): string {
  const at = text.indexOf('\r\n')
  const size = Number.parseInt(text.slice(0, at), 16)
  return at < 0 || !(size > 0) ? '' : text.slice(at + 2, at + 2 + size) + unchunked(text.slice(at + 2 + size + 2))
}

/** Name, value and attributes of a `Set-Cookie` line; attributes in lower case. */
export function readSetCookie(line: string): {
  readonly name: string
  readonly value: string
  readonly attributes: Readonly<Record<string, string>>
} {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
  const at = pair.indexOf('=')
  const attributes = rest.map((part): [string, string] => {
    const equals = part.indexOf('=')
    return equals < 0 ? [part.toLowerCase(), ''] : [part.slice(0, equals).toLowerCase(), part.slice(equals + 1)]
  })
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes: Object.fromEntries(attributes) }
}
