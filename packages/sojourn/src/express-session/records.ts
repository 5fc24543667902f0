import type { Clock, Millis } from '../clock.js'
import { type IdSeal, idSeal } from '../crypto/id-seal.js'
import type { Random } from '../crypto/random.js'
import { SessionError } from '../errors.js'
import { isScannable, type Row, type ScannableStore, type Store } from '../store/store.js'
import { type Parts, partsOf } from './merge.js'

/** The session of a manager that goes with a session of the application. */
export interface Binding {
  readonly user: string
  readonly token: string
}

/** One session as it is stored. */
export interface SessionRecord {
  readonly parts: Parts
  readonly createdAt: Millis
  readonly binding?: Binding | undefined
}

/** What is stored under an id. `version` is what a write has to name; 0 for nothing. */
export type Found =
  | { readonly kind: 'none' | 'ended'; readonly version: number }
  | { readonly kind: 'live'; readonly version: number; readonly expiresAt: Millis; readonly record: SessionRecord }

/** Sessions as versioned rows: each write names what it replaces. */
export interface Records {
  read(id: string): Promise<Found>
  /** Puts a record in the place of what was found; undefined if something else is there by now. */
  write(id: string, found: Found, record: SessionRecord, expiresAt: Millis): Promise<Found | undefined>
  /** Puts the mark of an ended session in its place. */
  end(id: string, found: Found): Promise<boolean>
  count(): Promise<number>
  endAll(): Promise<void>
}

const PURPOSE = 'sojourn/express-session'
/** Tells these rows from those of the engine in the same store. */
const MARK = '-es-'
const OWN_ROW = /^[a-z2-7]{2}-es-/
const BUCKET_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** The record of an ended session: nothing is in it, and no sealed record begins like this. */
const ENDED = Uint8Array.of(3)
/** As long as a request may be under way that has the session still. */
const ENDED_LIFE: Millis = 86_400_000
/** Far above what belongs into a session; a list that grows with every request is found before it fills the store. */
const MAX_RECORD = 1_048_576
const PAGE = 200

const isEnded = ({ data }: Row): boolean => data.length === ENDED.length && data[0] === ENDED[0]

function rowIdOf(hash: string): string {
  const [first = 0, second = 0] = Buffer.from(hash, 'base64url')
  const letter = (bits: number): string => BUCKET_ALPHABET.charAt(bits & 31)
  return letter(first) + letter(second) + MARK + hash
}

const textOf = ({ parts, createdAt, binding }: SessionRecord): string => {
  const session = Object.entries(parts).map(([key, text]) => `${JSON.stringify(key)}:${text}`)
  return `{"createdAt":${createdAt}${binding === undefined ? '' : `,"binding":${JSON.stringify(binding)}`},"session":{${session.join(',')}}}`
}

function recordOf(text: string): SessionRecord {
  const { createdAt, binding, session } = JSON.parse(text) as { createdAt: Millis; binding?: Binding; session: object }
  return { parts: partsOf(session), createdAt, ...(binding === undefined ? {} : { binding }) }
}

const bindingOf = (rowId: string, version: number): string => `${rowId}|${version}`

function sealed(seal: IdSeal, rowId: string, version: number, record: SessionRecord): Uint8Array {
  const text = textOf(record)
  if (text.length > MAX_RECORD)
    throw new SessionError('INVALID_ARGUMENT', `A session holds at most ${MAX_RECORD} characters of JSON.`, { path: 'session' })
  return seal.seal(text, bindingOf(rowId, version))
}

function walkable(store: Store): ScannableStore {
  if (isScannable(store)) return store
  throw new SessionError('INVALID_ARGUMENT', 'This store cannot be walked over, so its sessions can neither be counted nor cleared.')
}

async function* ownRows(store: ScannableStore, from: Millis, to: Millis): AsyncGenerator<Row> {
  let after: string | undefined
  do {
    const page = await store.scan({ from, to, limit: PAGE, ...(after === undefined ? {} : { after }) })
    yield* page.rows.filter(({ id }) => OWN_ROW.test(id))
    after = page.next
  } while (after !== undefined)
}

/** Takes out what has expired. Several processes may do so at once. */
export async function sweepRecords(store: Store, clock: Clock): Promise<void> {
  if (!isScannable(store)) return
  for await (const row of ownRows(store, 0, clock.now() + 1)) await store.remove(row.id, row.version)
}

/** The sessions in a store. */
export function recordsIn(store: Store, clock: Clock, random: Random): Records {
  const place = async (row: Row): Promise<boolean> => (row.version === 1 ? (await store.insert(row)) > 0 : await store.replace(row))
  const ended = (id: string, version: number, createdAt: Millis): Promise<boolean> =>
    place({ id, owner: null, version, createdAt, expiresAt: clock.now() + ENDED_LIFE, data: ENDED })
  return Object.freeze<Records>({
    async read(id) {
      const seal = idSeal(id, PURPOSE, random)
      const row = await store.get(rowIdOf(seal.hash))
      if (row === undefined || row.expiresAt <= clock.now()) return { kind: 'none', version: row?.version ?? 0 }
      if (isEnded(row)) return { kind: 'ended', version: row.version }
      const text = seal.open(row.data, bindingOf(row.id, row.version))
      // What somebody put in its place is nobody's session.
      if (text === undefined) return { kind: 'none', version: row.version }
      return { kind: 'live', version: row.version, expiresAt: row.expiresAt, record: recordOf(text) }
    },
    async write(id, found, record, expiresAt) {
      const seal = idSeal(id, PURPOSE, random)
      const rowId = rowIdOf(seal.hash)
      const version = found.version + 1
      const data = sealed(seal, rowId, version, record)
      const isWritten = await place({ id: rowId, owner: null, version, createdAt: record.createdAt, expiresAt, data })
      return isWritten ? { kind: 'live', version, expiresAt, record } : undefined
    },
    end: (id, found) => ended(rowIdOf(idSeal(id, PURPOSE, random).hash), found.version + 1, clock.now()),
    async count() {
      let sum = 0
      for await (const row of ownRows(walkable(store), clock.now() + 1, Number.MAX_SAFE_INTEGER)) if (!isEnded(row)) sum += 1
      return sum
    },
    async endAll() {
      for await (const row of ownRows(walkable(store), 0, Number.MAX_SAFE_INTEGER)) {
        let current: Row | undefined = row
        while (current !== undefined && !isEnded(current) && !(await ended(current.id, current.version + 1, current.createdAt)))
          current = await store.get(row.id)
      }
    },
  })
}
