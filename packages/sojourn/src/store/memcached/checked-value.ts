import { crc32 } from 'node:zlib'

// What is stored: one byte that names the format, four with the checksum of the key and all that follows, the content.
const HEAD_LENGTH = 5

/** Bytes around the content. */
export const CHECK_LENGTH: number = HEAD_LENGTH

/** A value that can tell whether it is whole and stands under the key that it was written for. */
export function checkedValue(format: number, key: string, content: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(HEAD_LENGTH + content.length)
  value.writeUInt8(format, 0)
  value.writeUInt32BE(checksum(key, content), 1)
  value.set(content, HEAD_LENGTH)
  return value
}

/** The content. Throws if the value is not what was written: neither yes nor no can be made of it. */
export function contentOf(format: number, key: string, value: Buffer): Buffer {
  const content = value.subarray(HEAD_LENGTH)
  if (value.length < HEAD_LENGTH || value.readUInt8(0) !== format || value.readUInt32BE(1) !== checksum(key, content)) {
    throw new Error('A value in memcached is damaged, or was not written by this store. Use another prefix, or flush the server.')
  }
  return content
}

const checksum = (key: string, content: Uint8Array): number => crc32(content, crc32(key))
