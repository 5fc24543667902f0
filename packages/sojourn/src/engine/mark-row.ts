import { REMEMBERS } from '../outage/high-water.js'
import type { Mark } from '../outage/marks.js'
import type { Row } from '../store/store.js'
import type { Engine } from './engine.js'
import { sealRow } from './row.js'

const ID_BYTES = 16
const BUCKET_LENGTH = 2

/** The row that raises a mark, or a new one in the same place of the store as `near`. */
export function markRow(engine: Pick<Engine, 'keys' | 'clock' | 'random'>, near: string, mark: Mark | undefined): Row {
  const now = engine.clock.now()
  const id = mark?.id ?? near.slice(0, BUCKET_LENGTH) + Buffer.from(engine.random.bytes(ID_BYTES)).toString('base64url')
  const head = { id, owner: null, version: (mark?.version ?? 0) + 1, createdAt: mark?.createdAt ?? now, expiresAt: now + REMEMBERS }
  return sealRow(engine, head, { kind: 'mark' })
}
