import { isIP } from 'node:net'

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/**
 * The one spelling of an IP address, or undefined if the text is none: IPv6 in lower case and compressed (RFC 5952), an
 * IPv4 address that was mapped into IPv6 as IPv4 (CVE-2026-45364). Addresses with a zone are refused.
 */
export function canonicalAddress(text: string): string | undefined {
  const family = text.includes('%') ? 0 : isIP(text)
  if (family === 0) return undefined
  if (family === 4) return text
  const compressed = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const mapped = MAPPED.exec(compressed)
  if (mapped?.[1] === undefined || mapped[2] === undefined) return compressed
  const high = Number.parseInt(mapped[1], 16)
  const low = Number.parseInt(mapped[2], 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}
