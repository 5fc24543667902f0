import type { Clock, Millis } from '../clock.js'
import type { NearStore } from '../coherence/near-store.js'
import { type IdSeal, idSeal } from '../crypto/id-seal.js'
import type { Random } from '../crypto/random.js'
import { SessionError } from '../errors.js'
import { isScannable, type Row, type ScannableStore, type Store } from '../store/store.js'
import { type Parts, partsIn } from './merge.js'
import { isOwnRow, PURPOSE, rowIdOf } from './row-id.js'

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
  | {
      readonly kind: 'live'
      readonly version: number
      readonly expiresAt: Millis
      readonly record: SessionRecord
      /** Opened it, and seals what takes its place: the key of a session is derived once. */
      readonly seal: IdSeal
    }

/** Sessions as versioned rows: each write names what it replaces. */
export interface Records {
  /** What memory can answer for at this instant; undefined if the store has to be asked. */
  peek(id: string): Found | undefined
  read(id: string): Promise<Found>
  /** What the store itself has: for those who have seen that it is something else than they thought. */
  reread(id: string): Promise<Found>
  /**
   * Puts a record in the place of what was found; undefined if something else is there by now. Resolves when no other node
   * answers with what was before; `quiet` if that does no harm.
   */
  write(id: string, found: Found, record: SessionRecord, expiresAt: Millis, quiet?: 'quiet'): Promise<Found | undefined>
  /** Puts the mark of an ended session in its place. Resolves when no other node takes it for a living one, and no copy of the store. */
  end(id: string, found: Found): Promise<boolean>
  /** The same of an end that somebody else has put there, who may be waiting still. */
  confirm(id: string, found: Found): Promise<void>
  count(): Promise<number>
  endAll(): Promise<void>
}

/** What records stand on. */
export interface RecordsParts {
  /** With rows in memory before it, where that is safe. */
  readonly near: NearStore
  /** Resolves when no node answers with what was before this row was put in its place. */
  readonly told: (row: Pick<Row, 'id' | 'version'>) => Promise<void>
  /** Resolves when the copies of the store have what was written to this row, or were waited for. */
  readonly copied: (rowId: string) => Promise<void>
  readonly clock: Clock
  readonly random: Random
}

/** The record of an ended session: nothing is in it, and no sealed record begins like this. */
const ENDED = Uint8Array.of(3)
/** As long as a request may be under way that has the session still. */
const ENDED_LIFE: Millis = 86_400_000
/** Far above what belongs into a session; a list that grows with every request is found before it fills the store. */
const MAX_RECORD = 1_048_576
const PAGE = 200

const isEnded = ({ data }: Row): boolean => data.length === ENDED.length && data[0] === ENDED[0]

const textOf = ({ parts, createdAt, binding }: SessionRecord): string => {
  const session = Object.entries(parts).map(([key, text]) => `${JSON.stringify(key)}:${text}`)
  return `{"createdAt":${createdAt}${binding === undefined ? '' : `,"binding":${JSON.stringify(binding)}`},"session":{${session.join(',')}}}`
}

function recordOf(text: string): SessionRecord {
  const { createdAt, binding, session } = JSON.parse(text) as { createdAt: Millis; binding?: Binding; session: object }
  return { parts: partsIn(session), createdAt, ...(binding === undefined ? {} : { binding }) }
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

async function* ownPages(store: ScannableStore, from: Millis, to: Millis): AsyncGenerator<readonly Row[]> {
  let after: string | undefined
  do {
    const page = await store.scan({ from, to, limit: PAGE, ...(after === undefined ? {} : { after }) })
    yield page.rows.filter(({ id }) => isOwnRow(id))
    after = page.next
  } while (after !== undefined)
}

/** Takes out what has expired. Several processes may do so at once. */
export async function sweepRecords(store: Store, clock: Clock): Promise<void> {
  if (!isScannable(store)) return
  for await (const rows of ownPages(store, 0, clock.now() + 1)) for (const row of rows) await store.remove(row.id, row.version)
}

/** The sessions in a store. */
export function recordsIn({ near, told, copied, clock, random }: RecordsParts): Records {
  /** By the row objects in memory, which stay the same for as long as the row does: what was opened once is not opened again. */
  const opened = new WeakMap<Row, Found>()

  const place = async (row: Row, how?: 'quiet' | 'end'): Promise<boolean> => {
    const isNew = row.version === 1
    const isDone = isNew ? (await near.insert(row)) > 0 : await near.replace(row, how === 'quiet' ? how : undefined)
    if (!isDone || how === 'quiet') return isDone
    const copies = how === 'end' ? copied(row.id) : undefined
    // Nobody has a row in memory that was not there.
    if (!isNew) await told(row)
    await copies
    return true
  }
  const markEnded = (id: string, version: number, createdAt: Millis): Promise<boolean> =>
    place({ id, owner: null, version, createdAt, expiresAt: clock.now() + ENDED_LIFE, data: ENDED }, 'end')
  function open(row: Row, id: string): Found {
    const seal = idSeal(id, PURPOSE, random)
    const text = seal.open(row.data, bindingOf(row.id, row.version))
    // What somebody put in its place is nobody's session.
    if (text === undefined) return { kind: 'none', version: row.version }
    return { kind: 'live', version: row.version, expiresAt: row.expiresAt, record: recordOf(text), seal }
  }
  function foundIn(row: Row | undefined, id: string): Found {
    if (row === undefined || row.expiresAt <= clock.now()) return { kind: 'none', version: row?.version ?? 0 }
    const known = opened.get(row)
    if (known !== undefined) return known
    const found: Found = isEnded(row) ? { kind: 'ended', version: row.version } : open(row, id)
    opened.set(row, found)
    return found
  }
  function peekAt(rowId: string, id: string): Found | undefined {
    const row = near.peek(rowId)
    // Its end may have been moved by a node that told nobody, or it was swept and its id given out anew.
    return row === undefined || row.expiresAt <= clock.now() ? undefined : foundIn(row, id)
  }
  return Object.freeze<Records>({
    peek: (id) => peekAt(rowIdOf(id), id),
    async read(id) {
      const rowId = rowIdOf(id)
      const known = near.peek(rowId)
      const row = known === undefined || known.expiresAt > clock.now() ? await near.get(rowId) : await near.reread(rowId)
      return foundIn(row, id)
    },
    reread: async (id) => foundIn(await near.reread(rowIdOf(id)), id),
    async write(id, found, record, expiresAt, quiet) {
      const rowId = rowIdOf(id)
      const seal = found.kind === 'live' ? found.seal : idSeal(id, PURPOSE, random)
      const version = found.version + 1
      const data = sealed(seal, rowId, version, record)
      const row: Row = { id: rowId, owner: null, version, createdAt: record.createdAt, expiresAt, data }
      const written: Found = { kind: 'live', version, expiresAt, record, seal }
      opened.set(row, written)
      return (await place(row, quiet)) ? written : undefined
    },
    end: (id, found) => markEnded(rowIdOf(id), found.version + 1, clock.now()),
    async confirm(id, { version }) {
      const rowId = rowIdOf(id)
      await Promise.all([told({ id: rowId, version }), copied(rowId)])
    },
    async count() {
      let sum = 0
      for await (const rows of ownPages(walkable(near), clock.now() + 1, Number.MAX_SAFE_INTEGER))
        sum += rows.filter((row) => !isEnded(row)).length
      return sum
    },
    async endAll() {
      const end = async (row: Row): Promise<void> => {
        let current: Row | undefined = row
        while (current !== undefined && !isEnded(current) && !(await markEnded(current.id, current.version + 1, current.createdAt)))
          current = await near.reread(row.id)
      }
      // A page at once, so that the other nodes are waited for once and not for each row.
      for await (const rows of ownPages(walkable(near), 0, Number.MAX_SAFE_INTEGER)) await Promise.all(rows.map(end))
    },
  })
}
