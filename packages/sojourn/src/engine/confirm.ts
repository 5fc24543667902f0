import type { Engine } from './engine.js'
import type { Presented } from './examine.js'
import { mutate } from './mutate.js'
import { publicId } from './row.js'

/** Notes that the client holds its new token. Until then its old one may be the only one that reached it. */
export async function confirm(engine: Engine, { row, record, ticket, standing }: Presented): Promise<void> {
  if (record.confirmed || standing !== 'current') return
  try {
    await mutate(engine, row.id, (stored, current) => {
      if (stored.kind !== 'session' || stored.confirmed || stored.generation !== ticket.generation) return { answer: undefined }
      return { answer: undefined, write: { record: { ...stored, confirmed: true }, expiresAt: current.expiresAt, owner: current.owner } }
    })
  } catch (error) {
    // The session was read and is good. The next use confirms it; until then a lost answer is forgiven.
    engine.logger.warn({ sessionId: publicId(row.id), error: String(error) }, 'the use of a renewed token could not be noted')
  }
}
