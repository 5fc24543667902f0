import { type Clock, type Millis, systemClock } from '../clock.js'
import { isSessionError, SessionError, storeUnavailable } from '../errors.js'
import { copyRow } from './copy-row.js'
import type { Address } from './memcached/address.js'
import { LONGEST_INSERTION, type MemcachedClient } from './memcached/client.js'
import { type Deadline, deadlineIn } from './memcached/deadline.js'
import { find } from './memcached/find.js'
import { insertRow } from './memcached/insert.js'
import { listRows } from './memcached/list.js'
import { ownerGuess } from './memcached/owner-guess.js'
import { readServers } from './memcached/read-servers.js'
import { removeRow } from './memcached/remove.js'
import { replaceRow } from './memcached/replace.js'
import { serverRing } from './memcached/ring.js'
import { memcachedServer, type Server } from './memcached/server.js'
import { checkServer, type ServerFacts } from './memcached/start-check.js'
import { plainRow, rowOverhead } from './memcached/stored-row.js'
import { turns } from './memcached/turns.js'
import type { Row, Store } from './store.js'

export interface MemcachedStoreOptions {
  /**
   * `host`, `host:port` or `[IPv6]:port` of each server. All nodes must be given the same servers, in any order; one that
   * joins, or joins again, must be empty.
   */
  readonly servers: readonly string[]
  /** Begins each key, so that several applications can share a server: at most 100 visible ASCII characters. @default 'sojourn:' */
  readonly prefix?: string
  /** How long a verb may take before it throws `STORE_UNAVAILABLE`: at most 30,000. @default 1,000 */
  readonly timeout?: Millis
  /** Connections to each server. @default 2 */
  readonly connections?: number
  /** The most requests without answer on one connection; beyond, verbs throw `STORE_UNAVAILABLE`. @default 10,000 */
  readonly maxPending?: number
  /** The most rows of one owner; an insert beyond throws `STORE_UNAVAILABLE`. Each read of a row reads its owner's index. @default 1,000 */
  readonly maxPerOwner?: number
  /** Told what an operator should know. @default nobody is told */
  readonly logger?: { warn(details: Readonly<Record<string, unknown>>, message: string): void }
  /** @default the clock of this machine */
  readonly clock?: Clock
}

const LIMITS: Readonly<Record<'timeout' | 'connections' | 'maxPending' | 'maxPerOwner', number>> = Object.freeze({
  timeout: LONGEST_INSERTION / 2,
  connections: 64,
  maxPending: 1_000_000,
  // 65 bytes an id at most: the index stays below the limit of an item, which is a megabyte.
  maxPerOwner: 10_000,
})

const MOST_PREFIX = 100

/** memcached's own default; nothing of a session comes near it. */
const MOST_VALUE = 1_048_576

/** For the key and what memcached keeps beside an item. */
const ITEM_OVERHEAD = 512

/**
 * A store in one or several memcached servers (1.6 or later). Everything is in their memory: a restart, an eviction or a
 * lost index means "logged out", and never anything else. It cannot scan.
 *
 * Throws `CONFIG_INVALID` for options and servers it cannot use, `STORE_UNAVAILABLE` if a server does not answer. Then only
 * the rows of that server are concerned: no other server takes them over.
 */
export async function memcachedStore(options: MemcachedStoreOptions): Promise<Store> {
  const addresses = checkOptions(options)
  const {
    prefix = 'sojourn:',
    timeout = 1_000,
    connections = 2,
    maxPending = 10_000,
    maxPerOwner = 1_000,
    clock = systemClock,
    logger,
  } = options
  const facts = await Promise.all(addresses.map((address, place) => factsOf(address, place, prefix, clock, timeout)))
  for (const [place, { evicts }] of facts.entries()) {
    if (!evicts) continue
    logger?.warn(
      { server: addresses[place]?.name },
      'this memcached throws sessions away when its memory is full, which logs people out; start it with -M',
    )
  }
  const maxValue = Math.min(MOST_VALUE, ...facts.map(({ itemSizeMax }) => itemSizeMax))
  const servers = addresses.map((address) => memcachedServer(address, { clock, timeout, connections, maxPending, maxValue: MOST_VALUE }))
  const ring = serverRing(addresses.map(({ name }) => name))
  const serverOf = (name: string): Server => {
    const server = servers[ring(name)]
    if (server === undefined) throw new Error('The ring names a server that there is none of.')
    return server
  }
  const client: MemcachedClient = {
    clock,
    prefix,
    maxValue: maxValue - ITEM_OVERHEAD,
    maxPerOwner,
    serverOf,
    warn: (message, fault) => logger?.warn({ error: String(fault) }, message),
  }
  return storeOn(client, servers, timeout)
}

async function factsOf(address: Address, place: number, prefix: string, clock: Clock, timeout: Millis): Promise<ServerFacts> {
  try {
    return await checkServer(address, prefix, `servers.${place}`, clock, deadlineIn(clock, timeout))
  } catch (fault) {
    throw isSessionError(fault) ? fault : storeUnavailable(fault)
  }
}

function storeOn(client: MemcachedClient, servers: readonly Server[], timeout: Millis): Store {
  const queue = turns()
  const owners = ownerGuess()
  const active = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  const run = async <T>(verb: (deadline: Deadline) => Promise<T>): Promise<T> => {
    if (closing) throw storeUnavailable(new Error('The Memcached store is closed.'))
    const work = verb(deadlineIn(client.clock, timeout))
    active.add(work)
    try {
      return await work
    } catch (fault) {
      throw isSessionError(fault) ? fault : storeUnavailable(fault)
    } finally {
      active.delete(work)
    }
  }

  return Object.freeze<Store>({
    async insert(row) {
      // Copied now: what the caller does to its array from here on must change nothing.
      const copy = checkedRow(client, row)
      return run(async (deadline) => {
        const count = await insertRow(client, queue, copy, deadline)
        if (count > 0) owners.note(copy.id, copy.owner)
        return count
      })
    },
    get(id) {
      return run(async (deadline) => {
        const found = await find(client, id, owners.of(id), deadline)
        if (found.state !== 'live') return undefined
        owners.note(id, found.row.owner)
        return plainRow(found.row)
      })
    },
    async replace(row) {
      const copy = checkedRow(client, row)
      return run((deadline) => replaceRow(client, queue, copy, owners.of(copy.id), deadline))
    },
    remove: (id, version) => run((deadline) => removeRow(client, queue, id, version, owners.of(id), deadline)),
    list: (owner) => run((deadline) => listRows(client, owner, deadline)),
    close() {
      closing ??= Promise.allSettled(active).then(() => {
        for (const server of servers) server.close()
      })
      return closing
    },
  })
}

/** The row with bytes of its own. A value that memcached refuses for its size would delete what it was to replace, so it is not sent. */
function checkedRow(client: MemcachedClient, row: Row): Row {
  for (const field of ['version', 'createdAt', 'expiresAt'] as const) {
    if (!Number.isSafeInteger(row[field]))
      throw new SessionError('INVALID_ARGUMENT', `${field}: it must be a whole number.`, { path: field })
  }
  if (row.data.length + rowOverhead(row) > client.maxValue) {
    throw new SessionError('INVALID_ARGUMENT', `data: a row may take ${client.maxValue} bytes in memcached.`, { path: 'data' })
  }
  return copyRow(row)
}

function checkOptions(options: MemcachedStoreOptions): readonly Address[] {
  const { prefix } = options
  if (prefix !== undefined && !(typeof prefix === 'string' && prefix.length <= MOST_PREFIX && /^[\x21-\x7e]*$/.test(prefix))) {
    throw new SessionError('CONFIG_INVALID', `prefix: it must be at most ${MOST_PREFIX} visible ASCII characters.`, { path: 'prefix' })
  }
  for (const [field, most] of Object.entries(LIMITS) as [keyof typeof LIMITS, number][]) {
    const value = options[field]
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1 && value <= most)) {
      throw new SessionError('CONFIG_INVALID', `${field}: it must be a whole number from 1 to ${most}.`, { path: field })
    }
  }
  return readServers(options.servers)
}
