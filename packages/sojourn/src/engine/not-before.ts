import type { Millis } from '../clock.js'
import { type Key, mac } from '../crypto/hash.js'
import type { Keys } from '../crypto/keys.js'
import type { Row } from '../store/store.js'
import { ask, persist } from './ask.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import type { NotBeforeRecord } from './record.js'
import { refusals } from './refusals.js'
import { bucketOf, openKnown, ownerKey, sealRow } from './row.js'

// The row of a user stands in the user's own index: the count that an insertion answers tells a login whether there may be
// one, so that the first login of a user needs no second question. So does that of a user in one tenant. The rows of a tenant
// and of everybody have no owner, and are read by every login.

/** Whose sessions. A part that is left out means all of them. */
export interface Circle {
  readonly user?: string
  readonly tenant?: string
}

/** Where the instant of a circle stands. */
export interface Place {
  readonly id: string
  readonly owner: string | null
}

/** The last instant that a Date can show. */
const NEVER: Millis = 8.64e15

function inNobodysList(keys: Pick<Keys, 'owner'>, ...name: readonly string[]): Place {
  const blinded = mac(keys.owner, 'not-before', ...name)
  return { id: bucketOf(Buffer.from(blinded, 'base64url')) + blinded, owner: null }
}

/** Where the instant of everybody stands: each login asks for it. */
const everybody = new WeakMap<Key, Place>()

function placeOfAll({ owner }: Keys): Place {
  const known = everybody.get(owner)
  if (known !== undefined) return known
  const place = inNobodysList({ owner }, 'all')
  everybody.set(owner, place)
  return place
}

export function placeOf(engine: Pick<Engine, 'keys'>, { user, tenant }: Circle): Place {
  if (user === undefined) return tenant === undefined ? placeOfAll(engine.keys) : inNobodysList(engine.keys, 'tenant', tenant)
  const owner = ownerKey(engine.keys, user)
  if (tenant === undefined) return { id: owner, owner }
  return { id: owner.slice(0, 2) + mac(engine.keys.owner, 'not-before', 'member', tenant, user), owner }
}

/** What a session is told apart by, as far as instants are concerned. */
export interface Subject {
  readonly owner: string | null
  readonly userId: string
  readonly tenant: string | null
}

const wide = (engine: Pick<Engine, 'keys'>, { tenant }: Subject): readonly Place[] => [
  placeOf(engine, {}),
  ...(tenant === null ? [] : [placeOf(engine, { tenant })]),
]

const own = (engine: Pick<Engine, 'keys'>, { owner, userId, tenant }: Subject): readonly Place[] =>
  owner === null ? [] : [{ id: owner, owner }, ...(tenant === null ? [] : [placeOf(engine, { user: userId, tenant })])]

async function read(engine: Engine, { id }: Place, known?: Row): Promise<NotBeforeRecord | undefined> {
  const row = known ?? (await ask(engine, (store) => store.reread(id)))
  const record = row === undefined ? undefined : await openKnown(engine, row)
  return record === undefined || record === 'broken' || record.kind !== 'not-before' ? undefined : record
}

async function readAll(engine: Engine, places: readonly Place[]): Promise<readonly NotBeforeRecord[]> {
  return (await Promise.all(places.map((place) => read(engine, place)))).filter((record) => record !== undefined)
}

/**
 * The same for what all share. Where a read is a round trip, a row that is missing is put there, so that a cache has
 * something to keep.
 */
async function readOrBegin(engine: Engine, places: readonly Place[]): Promise<readonly NotBeforeRecord[]> {
  const records = await Promise.all(
    places.map(async (place) => {
      // In memory once it was read, and then a login asks nobody: whoever raises it waits until all have heard, and only then looks
      // for sessions that came through before. That of a user is read each time: there nobody waits between the two.
      const record = await read(engine, place, engine.store.peek(place.id))
      if (record === undefined && !engine.readsNotBefore) await begin(engine, place)
      return record
    }),
  )
  return records.filter((record) => record !== undefined)
}

async function begin(engine: Engine, { id, owner }: Place): Promise<void> {
  const record: NotBeforeRecord = { kind: 'not-before', notBefore: 0, reason: 'revoked' }
  const row = sealRow(engine, { id, owner, version: 1, createdAt: engine.clock.now(), expiresAt: NEVER }, record)
  await ask(engine, (store) => store.insert(row))
}

/** The instants that a session is measured by: of everybody, of its tenant, of its user, of its user in its tenant. */
export async function readNotBefore(engine: Engine, subject: Subject): Promise<readonly NotBeforeRecord[]> {
  return await readAll(engine, [...wide(engine, subject), ...own(engine, subject)])
}

/** Whether an authentication of this instant counts no more. */
export function isBefore({ notBefore, barred }: NotBeforeRecord, authTime: Millis): boolean {
  return barred !== undefined || authTime < notBefore
}

function demandNotBefore(raised: readonly NotBeforeRecord[], authTime: Millis): void {
  const barred = raised.find((one) => one.barred !== undefined)?.barred
  if (barred !== undefined) throw refusals.barred(barred)
  if (raised.some(({ notBefore }) => authTime < notBefore)) throw refusals.reauthenticate()
}

/** What all share, where memory may answer for all of it and has it opened. */
function sharedInMemory(engine: Engine, places: readonly Place[]): readonly NotBeforeRecord[] | undefined {
  const records: NotBeforeRecord[] = []
  for (const { id } of places) {
    const row = engine.store.peek(id)
    const record = row === undefined ? undefined : engine.opened.get(row)
    if (record?.kind !== 'not-before') return undefined
    records.push(record)
  }
  return records
}

/** The same as `checkNotBefore`, where nothing has to be asked; false where something has. */
export function isCheckedInMemory(engine: Engine, subject: Subject, authTime: Millis, isAlone: boolean): boolean {
  const shared = isAlone ? sharedInMemory(engine, wide(engine, subject)) : undefined
  if (shared === undefined) return false
  demandNotBefore(shared, authTime)
  return true
}

/**
 * Refuses a login that was authenticated before an instant that was raised since, and every login of an account that is
 * disabled. Called after the insertion: from then on nothing older can slip through. `isAlone`: the user has no other row,
 * so none of their own instants can be there.
 */
export async function checkNotBefore(engine: Engine, subject: Subject, authTime: Millis, isAlone: boolean): Promise<void> {
  const [shared, mine] = await Promise.all([
    readOrBegin(engine, wide(engine, subject)),
    isAlone ? [] : readAll(engine, own(engine, subject)),
  ])
  demandNotBefore([...shared, ...mine], authTime)
}

function later(raised: NotBeforeRecord, stored: NotBeforeRecord): NotBeforeRecord {
  const newest = stored.notBefore > raised.notBefore ? stored : raised
  const barred = raised.barred ?? stored.barred
  return barred === undefined ? newest : { ...newest, barred }
}

/** Raises the instant of a circle; it never falls, and a login after it changes nothing about it. */
export async function raiseNotBefore(engine: Engine, place: Place, raised: Omit<NotBeforeRecord, 'kind'>): Promise<void> {
  const { ordinary, remembered } = engine.settings
  const { id, owner } = place
  const record: NotBeforeRecord = { kind: 'not-before', ...raised }
  // An authentication that is older than this has reached its absolute limit anyway. A bar, and what all share, stays.
  const expiresAt =
    owner === null || raised.barred !== undefined ? NEVER : raised.notBefore + Math.max(ordinary.absolute, remembered.absolute)
  await persist(engine, 'log out everywhere', async () => {
    const row = sealRow(engine, { id, owner, version: 1, createdAt: engine.clock.now(), expiresAt }, record)
    if ((await ask(engine, (store) => store.insert(row))) > 0) return
    await mutate(engine, id, (stored, current) => {
      if (stored.kind !== 'not-before') return { answer: true }
      const next = later(record, stored)
      return { answer: true, write: { record: next, expiresAt: Math.max(expiresAt, current.expiresAt), owner } }
    })
  })
}

/** Lets a disabled account log in again. What was ended stays ended. */
export async function liftBar(engine: Engine, place: Place): Promise<void> {
  const { ordinary, remembered } = engine.settings
  await persist(engine, 'enable account', () =>
    mutate(engine, place.id, (stored, current) => {
      if (stored.kind !== 'not-before' || stored.barred === undefined) return { answer: true }
      const { barred: _lifted, ...record } = stored
      const expiresAt = record.notBefore + Math.max(ordinary.absolute, remembered.absolute)
      return { answer: true, write: { record, expiresAt, owner: current.owner } }
    }),
  )
}
