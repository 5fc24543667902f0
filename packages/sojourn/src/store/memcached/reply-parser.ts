import { ProtocolFault } from './faults.js'
import type { Reply } from './reply.js'

/** The longest line of an honest server is a key of 250 bytes and a few flags. */
const MAX_LINE = 2_048

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const END_LENGTH = 2

const PRINTABLE = /^[\x20-\x7e]*$/
const VALUE_LINE = /^VA (0|[1-9]\d{0,9})(?: |$)/

interface OpenValue {
  readonly line: string
  /** With room for the line end behind the value. */
  readonly bytes: Buffer
  filled: number
}

const isLineEnd = (bytes: Uint8Array, at: number): boolean => bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED

/**
 * Reads the answers out of a stream that may be cut anywhere. The function it returns takes the next piece, which it does
 * not keep, and calls `emit` for each answer that is whole. Throws `ProtocolFault` for anything but answers: an endless or
 * unprintable line, a value above `maxValue` bytes, a value that does not end where it was said to. It must not be called
 * again after that.
 */
export function replyParser(maxValue: number, emit: (reply: Reply) => void): (piece: Buffer) => void {
  let lineParts: Buffer[] = []
  let lineLength = 0
  let value: OpenValue | undefined

  const takeLine = (bytes: Buffer): void => {
    const end = bytes.length - END_LENGTH
    if (end < 0 || !isLineEnd(bytes, end)) throw new ProtocolFault('A line of the answer has no proper end.')
    const line = bytes.toString('latin1', 0, end)
    if (!PRINTABLE.test(line)) throw new ProtocolFault('A line of the answer is not printable.')
    if (!line.startsWith('VA')) {
      emit({ line, value: undefined })
      return
    }
    const size = Number(VALUE_LINE.exec(line)?.[1] ?? Number.NaN)
    if (!(size <= maxValue)) throw new ProtocolFault('A value was announced that is too large.')
    value = { line, bytes: Buffer.allocUnsafe(size + END_LENGTH), filled: 0 }
  }

  const fillLine = (piece: Buffer, from: number): number => {
    const feed = piece.indexOf(LINE_FEED, from)
    const end = feed < 0 ? piece.length : feed + 1
    lineLength += end - from
    if (lineLength > MAX_LINE) throw new ProtocolFault('A line of the answer does not end.')
    if (feed >= 0 && lineParts.length === 0) {
      lineLength = 0
      takeLine(piece.subarray(from, end))
      return end
    }
    // A copy: the piece may belong to a buffer that is used again.
    lineParts.push(Buffer.from(piece.subarray(from, end)))
    if (feed >= 0) {
      const line = Buffer.concat(lineParts)
      lineParts = []
      lineLength = 0
      takeLine(line)
    }
    return end
  }

  const fillValue = (open: OpenValue, piece: Buffer, from: number): number => {
    const end = Math.min(piece.length, from + open.bytes.length - open.filled)
    piece.copy(open.bytes, open.filled, from, end)
    open.filled += end - from
    if (open.filled < open.bytes.length) return end
    value = undefined
    const size = open.bytes.length - END_LENGTH
    if (!isLineEnd(open.bytes, size)) throw new ProtocolFault('A value is not as long as it was said to be.')
    emit({ line: open.line, value: open.bytes.subarray(0, size) })
    return end
  }

  return (piece) => {
    for (let at = 0; at < piece.length; ) at = value === undefined ? fillLine(piece, at) : fillValue(value, piece, at)
  }
}
