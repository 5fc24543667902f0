import { connect } from 'node:net'

const CHUNKED_END = '0\r\n\r\n'
const [TWO, ZERO] = [50, 48]

/** Whether these bytes are one whole answer, head and body. */
function isWhole(bytes) {
  const text = bytes.latin1Slice()
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1]
  return length === undefined ? text.endsWith(CHUNKED_END) : bytes.length >= end + 4 + Number(length)
}

const isOk = (bytes) => bytes[9] === TWO && bytes[10] === ZERO && bytes[11] === ZERO

/**
 * Connections that are kept alive and ask again as soon as they are answered. It does as little as can be, so that what is
 * measured is the server: the requests are bytes made beforehand, and answers of a length that was seen before are not parsed.
 */
export async function openLoad(port, count) {
  const known = new Set()
  let left = 0
  let sent = 0
  let pick
  let finish
  let open = 0

  function ask(connection) {
    left--
    open++
    connection.socket.write(pick(connection.place, sent++))
  }
  function answered(connection, bytes) {
    if (!isOk(bytes)) {
      finish.reject(new Error(`a request was answered: ${bytes.latin1Slice(0, 400)}`))
      return
    }
    open--
    if (left > 0) ask(connection)
    else if (open === 0) finish.resolve()
  }
  function dial(place) {
    return new Promise((resolve, reject) => {
      const connection = { place, rest: undefined }
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(connection))
      connection.socket = socket
      socket.on('error', reject)
      socket.on('close', () => finish?.reject(new Error('the server closed a connection')))
      socket.on('data', (chunk) => {
        const bytes = connection.rest === undefined ? chunk : Buffer.concat([connection.rest, chunk])
        if (connection.rest === undefined && known.has(chunk.length)) {
          answered(connection, chunk)
          return
        }
        if (!isWhole(bytes)) {
          connection.rest = bytes
          return
        }
        if (connection.rest === undefined) known.add(chunk.length)
        connection.rest = undefined
        answered(connection, bytes)
      })
    })
  }

  const connections = []
  for (let place = 0; place < count; place++) connections.push(await dial(place))
  return {
    /** Sends so many requests over all connections and resolves when all are answered. `pick(connection, number)` gives the bytes. */
    run(requests, choose) {
      left = requests
      pick = choose
      return new Promise((resolve, reject) => {
        finish = { resolve, reject }
        for (const connection of connections.slice(0, requests)) ask(connection)
      })
    },
    close() {
      finish = undefined
      for (const { socket } of connections) socket.destroy()
    },
  }
}
