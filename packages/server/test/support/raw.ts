import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case; those that came more than once are joined. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** A connection on which bytes are written as they are. */
export interface RawConnection {
  readonly socket: Socket
  /** Everything up to the end of the connection. */
  readonly answer: Promise<RawAnswer>
}

export function rawConnection(url: string): RawConnection {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const answer = new Promise<RawAnswer>((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part) => {
      text += String(part)
    })
    socket.on('close', () => resolve(parse(text)))
    // A server that refuses may close while the request is still being written.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error),
    )
  })
  return { socket, answer }
}

/** Sends bytes as they are and reads what comes back. The request must ask for the connection to be closed. */
export async function sendRaw(url: string, bytes: string): Promise<RawAnswer> {
  const { socket, answer } = rawConnection(url)
  socket.write(bytes)
  return await answer
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    const value = line.slice(line.indexOf(':') + 1).trim()
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value)
  }
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}
