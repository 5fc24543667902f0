import { connect } from 'node:net'

const CHUNKED_END = '0\r\n\r\n'
const [TWO, ZERO, CR, LF] = [50, 48, 13, 10]

/** Where the head of a whole answer ends; -1 if these bytes are not all of one. */
function headOfWhole(bytes) {
  const text = bytes.latin1Slice()
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return -1
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1]
  const isWhole = length === undefined ? text.endsWith(CHUNKED_END) : bytes.length >= end + 4 + Number(length)
  return isWhole ? end : -1
}

/** Whether the head ends here. */
const endsHead = (bytes, at) => bytes[at] === CR && bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF

const isOk = (bytes) => bytes[9] === TWO && bytes[10] === ZERO && bytes[11] === ZERO

/**
 * Connections that are kept alive and ask again as soon as they are answered. It does as little as can be, so that what is
 * measured is the server: the requests are bytes made beforehand, and answers with the form of one that was seen before are not parsed.
 */
export async function openLoad(port, count) {
  /** Where the head ended in answers of this length. */
  const known = new Map()
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
      finish.reject(new Error(`a request was answered: ${bytes.toString('latin1').slice(0, 400)}`))
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
        if (connection.rest === undefined && endsHead(chunk, known.get(chunk.length))) {
          answered(connection, chunk)
          return
        }
        const bytes = connection.rest === undefined ? chunk : Buffer.concat([connection.rest, chunk])
        const end = headOfWhole(bytes)
        if (end < 0) {
          connection.rest = bytes
          return
        }
        known.set(bytes.length, end)
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
