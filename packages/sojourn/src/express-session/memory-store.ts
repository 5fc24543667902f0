import { nextTurn, systemClock } from '../clock.js'
import type { StoredSession } from './callback-store.js'
import { BaseStore } from './store-base.js'
import type { Store } from './types.js'

/** The store of express-session for development and tests: as text in one object, `sessions`. */
export interface MemoryStore extends Store {
  sessions: Record<string, string>
}

interface MemoryStoreConstructor {
  new (): MemoryStore
  (this: unknown): void
  readonly prototype: MemoryStore
}

const empty = (): Record<string, string> => Object.create(null)
const later = (callback: (() => void) | undefined): void => void nextTurn().then(() => process.nextTick(() => callback?.()))

/** What is stored, if its time is not over; then it is taken out. */
function living(sessions: Record<string, string>, id: string): StoredSession | undefined {
  const text = sessions[id]
  if (text === undefined) return undefined
  const session: StoredSession = JSON.parse(text)
  const expires = (session.cookie as { readonly expires?: string | null } | undefined)?.expires
  if (!expires || new Date(expires).getTime() > systemClock.now()) return session
  delete sessions[id]
  return undefined
}

type Verb = 'get' | 'set' | 'destroy' | 'touch' | 'all' | 'length' | 'clear'

const verbs: Required<Pick<MemoryStore, Verb>> & ThisType<Required<MemoryStore>> = {
  get(id, callback) {
    const session = living(this.sessions, id)
    later(() => callback(null, session))
  },
  set(id, session, callback) {
    this.sessions[id] = JSON.stringify(session)
    later(callback)
  },
  destroy(id, callback) {
    delete this.sessions[id]
    later(callback)
  },
  touch(id, session, callback) {
    const stored = living(this.sessions, id)
    if (stored !== undefined) this.sessions[id] = JSON.stringify({ ...stored, cookie: (session as StoredSession).cookie })
    later(callback)
  },
  all(callback) {
    const ids = Object.keys(this.sessions)
    const found = ids.flatMap((id) => {
      const session = living(this.sessions, id)
      return session === undefined ? [] : [[id, session] as const]
    })
    later(() => callback(null, Object.assign(Object.create(null), Object.fromEntries(found))))
  },
  length(callback) {
    this.all((_none, sessions) => callback(null, Object.keys(sessions ?? {}).length))
  },
  clear(callback) {
    this.sessions = empty()
    later(callback)
  },
}

function InMemory(this: MemoryStore): void {
  BaseStore.call(this)
  this.sessions = empty()
}
Object.setPrototypeOf(InMemory, BaseStore)
InMemory.prototype = Object.create(BaseStore.prototype, { constructor: { value: InMemory, writable: true, configurable: true } })
for (const [name, value] of Object.entries(verbs))
  Object.defineProperty(InMemory.prototype, name, { value, writable: true, configurable: true, enumerable: false })

/** `session.MemoryStore`. */
export const MemoryStore: MemoryStoreConstructor = InMemory as unknown as MemoryStoreConstructor
