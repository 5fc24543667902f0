const SLOTS = 16_384

/** CRC-16/XMODEM, by which a Redis Cluster spreads keys. */
function crc16(text: string): number {
  let crc = 0
  for (let place = 0; place < text.length; place++) {
    crc ^= text.charCodeAt(place) << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}

/** Each process meets 1,024 tags at most. */
const known = new Map<string, number>()

/** The slot of a key of ours: of what stands between its braces. */
export function slotOf(key: string): number {
  const tag = key.slice(key.indexOf('{') + 1, key.indexOf('}'))
  let slot = known.get(tag)
  if (slot === undefined) {
    slot = crc16(tag) % SLOTS
    known.set(tag, slot)
  }
  return slot
}
