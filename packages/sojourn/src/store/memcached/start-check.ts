import type { Clock } from '../../clock.js'
import { SessionError } from '../../errors.js'
import type { Address } from './address.js'
import { type Connection, connect } from './connection.js'
import type { Deadline } from './deadline.js'
import { ProtocolFault, ServerRefusal } from './faults.js'
import { type Cas, metaDelete, metaGet, metaSet } from './meta.js'
import type { Question } from './question.js'

/** What a server says about itself. */
export interface ServerFacts {
  /** The largest item, in bytes. */
  readonly itemSizeMax: number
  /** Whether it throws items away when its memory is full. */
  readonly evicts: boolean
}

/** A proxy or another program on this port cannot hold it up with endless settings. */
const MOST_SETTINGS = 1_000

const PROBE_VALUE_LIMIT = 1_024

/**
 * Asks a server whether it can do what this store needs of it: the meta commands and CAS, tried on a key of the store's
 * own. Throws `CONFIG_INVALID` if it cannot, and what the connection throws if it does not answer.
 */
export async function checkServer(address: Address, prefix: string, path: string, clock: Clock, deadline: Deadline): Promise<ServerFacts> {
  const connection = await connect(address, { clock, maxValue: PROBE_VALUE_LIMIT, maxPending: 1 }, deadline, () => undefined)
  try {
    const version = await connection.ask(versionQuestion, deadline)
    if (version === undefined || version.major < 1 || (version.major === 1 && version.minor < 6)) {
      throw refuse(path, version === undefined ? 'it did not tell its version' : `it is version ${version.major}.${version.minor}`)
    }
    const settings = await connection.ask(settingsQuestion(), deadline)
    const itemSizeMax = Number(settings.get('item_size_max'))
    if (!Number.isSafeInteger(itemSizeMax)) throw refuse(path, 'it did not tell its settings')
    if (settings.get('cas_enabled') === 'no') throw refuse(path, 'it runs without CAS; start it without -C')
    await tryConditionalWrites(connection, `${prefix}probe:${clock.now()}-${process.pid}-${clock.monotonic()}`, path, deadline)
    return { itemSizeMax, evicts: settings.get('evictions') !== 'off' }
  } catch (fault) {
    if (fault instanceof ProtocolFault) throw refuse(path, 'it did not understand a meta command')
    throw fault
  } finally {
    connection.close()
  }
}

function refuse(path: string, found: string): SessionError {
  return new SessionError(
    'CONFIG_INVALID',
    `${path}: this store needs memcached 1.6 with meta commands and CAS, and no proxy before it; ${found}.`,
    { path },
  )
}

/** Write, lose against a wrong number, read, delete: the answers that everything here rests on. */
async function tryConditionalWrites(connection: Connection, key: string, path: string, deadline: Deadline): Promise<void> {
  const ask = <Answer>(question: Question<Answer>): Promise<Answer> => connection.ask(question, deadline)
  const wrong: Cas = '18446744073709551615'
  const value = Buffer.from('a')
  try {
    const added = await ask(metaSet(key, value, 60, 'nothing'))
    const again = await ask(metaSet(key, value, 60, 'nothing'))
    const overWrong = await ask(metaSet(key, value, 60, { cas: wrong }))
    const item = await ask(metaGet(key))
    const deletedWrong = await ask(metaDelete(key, wrong))
    const deleted = item === undefined ? undefined : await ask(metaDelete(key, item.cas))
    const missing = await ask(metaGet(key))
    const answers = [added, again, overWrong, deletedWrong, deleted, missing].join()
    if (answers !== 'stored,taken,changed,changed,deleted,') throw refuse(path, 'its conditional writes do not keep their conditions')
  } catch (fault) {
    // Full, and told not to evict. What it holds can be used, and its settings have said that it has CAS.
    if (!(fault instanceof ServerRefusal)) throw fault
  }
}

interface Version {
  readonly major: number
  readonly minor: number
}

const versionQuestion: Question<Version | undefined> = {
  write: () => Buffer.from('version\r\n'),
  read({ line }) {
    const match = /^VERSION (\d{1,4})\.(\d{1,4})/.exec(line)
    return { answer: match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) } }
  },
}

function settingsQuestion(): Question<ReadonlyMap<string, string>> {
  const settings = new Map<string, string>()
  return {
    write: () => Buffer.from('stats settings\r\n'),
    read({ line }) {
      if (line === 'END') return { answer: settings }
      const match = /^STAT (\S+) ?(.*)$/.exec(line)
      if (match?.[1] === undefined || settings.size >= MOST_SETTINGS) throw new ProtocolFault('The settings could not be read.')
      settings.set(match[1], match[2] ?? '')
      return undefined
    },
  }
}
