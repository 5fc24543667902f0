/** Text, whichever way the driver hands it out. */
export function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply
  if (reply instanceof Uint8Array) return Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString('latin1')
  if (typeof reply === 'number') return `${reply}`
  throw unexpected()
}

export function countOf(reply: unknown): number {
  if (typeof reply === 'number') return reply
  throw unexpected()
}

export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply
  throw unexpected()
}

const unexpected = (): Error => new Error('Redis gave an answer of another kind than this command has.')
