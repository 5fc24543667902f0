import type { CancelTimer, Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import { type Arrival, type ListedDevice, withArrivals } from '../policy/device-list.js'
import { shownPlace } from '../policy/place.js'
import { BUCKET_LENGTH, type Change, editList, type ListKeeping, readList } from './devices-row.js'
import type { Engine } from './engine.js'
import { publish } from './publish.js'
import type { LiveRecord } from './record.js'
import { rowIdOf } from './row.js'
import type { Whose } from './sight.js'

/** The devices that users have logged in from. Written behind the answer: no login waits for it, and none fails by it. */
export interface DeviceRegistry {
  /** Notes a login. It is written soon. */
  note(record: LiveRecord, sessionId: string): void
  /** The list of a user, with what was waiting to be written. */
  read(whose: Whose): Promise<readonly ListedDevice[]>
  /** Changes the list of a user; `change` may run again on a newer one. */
  edit(whose: Whose, change: (devices: readonly ListedDevice[]) => readonly ListedDevice[]): Promise<void>
  /** Writes everything that is waiting. */
  flush(): Promise<void>
  close(): Promise<void>
}

type Writing = ListKeeping & Pick<Engine, 'events' | 'audit'>

interface NotedArrival extends Arrival {
  readonly sessionId: string
}

interface Waiting {
  readonly whose: Whose
  /** That of the user: each of their sessions lies in it. */
  readonly bucket: string | undefined
  /** By device, the last one of each. */
  readonly arrivals: ReadonlyMap<string, NotedArrival>
}

/** Logins of one user in this time are written together; and never later than activity would be. */
const DELAY: Millis = 1_000
/** Users whose logins may wait while the store does not answer; about 10 MiB. Beyond that the list misses a login. */
const MAX_WAITING = 10_000
const FLUSH_WIDTH = 32

async function write(engine: Writing, { whose, bucket, arrivals }: Waiting): Promise<void> {
  const change: Change<{ readonly isFirst: boolean; readonly added: readonly string[] }> = (before) => {
    const after = withArrivals(before, [...arrivals.values()], engine.settings.devices, engine.clock.now())
    return { devices: after.devices, answer: { isFirst: before.length === 0, added: after.added } }
  }
  const { isFirst, added } = await editList(engine, whose, change, bucket)
  for (const [index, id] of added.entries()) {
    await publish(engine, {
      type: 'security.new-device',
      reason: isFirst && index === 0 ? 'first-device' : 'unknown-device',
      deviceId: id,
      ...whose,
      ...(arrivals.get(id) === undefined ? {} : { sessionId: arrivals.get(id)?.sessionId ?? '' }),
    })
  }
}

function arrivalOf({ userId, device, seen, createdAt }: LiveRecord, sessionId: string): NotedArrival | undefined {
  // A visitor without an account has no list, and all of them together are not one user.
  if (device === undefined || userId === '') return undefined
  const place = shownPlace(seen?.place)
  return { id: device.id, label: device.label, class: device.class, at: createdAt, sessionId, ...(place === undefined ? {} : { place }) }
}

const bucketOf = (sessionId: string): string | undefined => rowIdOf(sessionId)?.slice(0, BUCKET_LENGTH)

/** No name of a user or tenant has a space in it. */
const keyOf = ({ userId, tenant }: Whose): string => (tenant === null ? userId : `${tenant} ${userId}`)

function noteArrival(engine: Writing, waiting: Map<string, Waiting>, record: LiveRecord, sessionId: string): void {
  const arrival = arrivalOf(record, sessionId)
  if (arrival === undefined) return
  const whose = { userId: record.userId, tenant: record.tenant }
  const key = keyOf(whose)
  const before = waiting.get(key)
  if (before === undefined && waiting.size >= MAX_WAITING) {
    engine.logger.warn({ waiting: waiting.size }, 'too many logins wait to be written to the lists of devices; this one is left out')
    return
  }
  const arrivals = new Map(before?.arrivals)
  waiting.set(key, { whose, bucket: bucketOf(sessionId), arrivals: arrivals.set(arrival.id, arrival) })
}

/** Writes one list; whether it has to be tried again, because the store does not answer. What one list fails by alone is given up. */
async function hasToWait(engine: Writing, one: Waiting): Promise<boolean> {
  try {
    await write(engine, one)
    return false
  } catch (error) {
    const isOutage = error instanceof SessionError && error.code === 'STORE_UNAVAILABLE'
    const code = error instanceof SessionError ? error.code : String(error)
    engine.logger.warn({ code, retried: isOutage }, 'the devices of a user were not written')
    return isOutage
  }
}

export function deviceRegistry(engine: Writing): DeviceRegistry {
  const waiting = new Map<string, Waiting>()
  const underWay = new Map<string, Promise<boolean>>()
  let timer: CancelTimer | undefined
  let closed = false

  async function attempt(key: string, one: Waiting): Promise<boolean> {
    if (!(await hasToWait(engine, one))) return true
    const later = waiting.get(key)?.arrivals ?? []
    if (waiting.size < MAX_WAITING) waiting.set(key, { ...one, arrivals: new Map([...one.arrivals, ...later]) })
    return false
  }
  async function writeOne(key: string): Promise<boolean> {
    await underWay.get(key)
    const one = waiting.get(key)
    if (one === undefined) return true
    waiting.delete(key)
    const done = attempt(key, one).finally(() => underWay.delete(key))
    underWay.set(key, done)
    return await done
  }
  async function flush(): Promise<void> {
    const keys = [...new Set([...waiting.keys(), ...underWay.keys()])]
    for (let from = 0; from < keys.length; from += FLUSH_WIDTH) {
      const done = await Promise.all(keys.slice(from, from + FLUSH_WIDTH).map(writeOne))
      if (done.includes(false)) return
    }
  }
  function schedule(): void {
    if (closed || timer !== undefined || waiting.size === 0) return
    timer = engine.clock.after(Math.min(DELAY, engine.settings.activityInterval), () => {
      timer = undefined
      void flush().finally(schedule)
    })
  }

  return Object.freeze({
    note(record: LiveRecord, sessionId: string): void {
      if (closed || !engine.settings.devices.enabled) return
      noteArrival(engine, waiting, record, sessionId)
      schedule()
    },
    async read(whose: Whose): Promise<readonly ListedDevice[]> {
      await writeOne(keyOf(whose))
      return await readList(engine, whose)
    },
    async edit(whose: Whose, change: (devices: readonly ListedDevice[]) => readonly ListedDevice[]): Promise<void> {
      await writeOne(keyOf(whose))
      await editList(engine, whose, (before) => ({ devices: change(before), answer: undefined }))
    },
    flush,
    async close(): Promise<void> {
      closed = true
      timer?.()
      await flush()
    },
  })
}
