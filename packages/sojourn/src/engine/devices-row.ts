import type { Millis } from '../clock.js'
import { mac } from '../crypto/hash.js'
import { SessionError } from '../errors.js'
import type { ListedDevice } from '../policy/device-list.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import type { DevicesRecord } from './record.js'
import { openKnown, ownerKey, sealRow } from './row.js'
import type { Whose } from './sight.js'

/** What keeping the lists takes of an engine. */
export type ListKeeping = Pick<
  Engine,
  'store' | 'keys' | 'clock' | 'metrics' | 'logger' | 'opened' | 'turns' | 'outage' | 'grace' | 'settings'
>

/** Characters of a row id behind its bucket. */
const TAIL = 22
/** Tries of a write that another process is faster with. */
const MAX_TRIES = 4

/** Characters of a row id that name its bucket. */
export const BUCKET_LENGTH = 2

/** The bucket of a user, which is that of all rows of this user. */
const bucketOfUser = (engine: Pick<Engine, 'keys'>, userId: string): string => ownerKey(engine.keys, userId).slice(0, BUCKET_LENGTH)

/** Id of the row with a user's devices: in the bucket of the user, so that it lies with the user's sessions. */
function devicesRow(engine: Pick<Engine, 'keys'>, { userId, tenant }: Whose, bucket: string): string {
  return bucket + mac(engine.keys.owner, 'devices', tenant ?? '', userId).slice(0, TAIL)
}

/** What becomes of a list, and what is to be said of that. */
export type Change<Answer> = (devices: readonly ListedDevice[]) => { readonly devices: readonly ListedDevice[]; readonly answer: Answer }

/** Changes the list of a user by compare-and-set, from an empty one if there is none. Answers what `change` answered last. `bucket` is that of the user. */
export async function editList<Answer>(
  engine: ListKeeping,
  whose: Whose,
  change: Change<Answer>,
  bucket: string = bucketOfUser(engine, whose.userId),
): Promise<Answer> {
  const id = devicesRow(engine, whose, bucket)
  const recordOf = (devices: readonly ListedDevice[]): DevicesRecord => ({ kind: 'devices', ...whose, devices })
  const until = (devices: readonly ListedDevice[]): Millis =>
    Math.max(engine.clock.now(), ...devices.map(({ last }) => last)) + engine.settings.devices.retention
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const changed = await mutate<{ readonly answer: Answer } | undefined>(engine, id, (record) => {
      if (record.kind !== 'devices') return { answer: undefined }
      const { devices, answer } = change(record.devices)
      return { answer: { answer }, write: { record: recordOf(devices), expiresAt: until(devices), owner: null, quiet: 'quiet' } }
    })
    if (changed !== undefined) return changed.answer
    const { devices, answer } = change([])
    const row = sealRow(
      engine,
      { id, owner: null, version: 1, createdAt: engine.clock.now(), expiresAt: until(devices) },
      recordOf(devices),
    )
    // Read again at the next login of this user, if ever: in memory it would take the room of a session.
    if ((await ask(engine, (store) => store.insert(row, 'unkept'))) > 0) return answer
  }
  throw new SessionError('CONFLICT', 'The devices of this user are being changed by too many requests at once. Try again.', {
    retryAfter: 1,
  })
}

/** The list of a user as it is stored; empty if there is none. Throws `STORE_UNAVAILABLE` if that cannot be told. */
export async function readList(engine: ListKeeping, whose: Whose): Promise<readonly ListedDevice[]> {
  // Its changes are made known to nobody, so what is in memory may be old.
  const row = await ask(engine, (store) => store.reread(devicesRow(engine, whose, bucketOfUser(engine, whose.userId))))
  const record = row === undefined ? undefined : await openKnown(engine, row)
  return record === undefined || record === 'broken' || record.kind !== 'devices' ? [] : record.devices
}
