import { parseDuration } from 'sojourn'
import type { StorageSettings } from '../storage-settings.js'

type StorageType = StorageSettings['type']

/** What a word comes to for a store: a part of its settings, or why it cannot be had there. */
export type WordUse = { readonly part: object } | { readonly refused: string }

/** What a word means for each store, and why it means nothing to the others. The form of its value has been checked. */
interface Word extends Partial<Record<StorageType, (value: unknown) => WordUse>> {
  readonly otherwise: string
}

const part = (name: string, value: unknown): WordUse => ({ part: { [name]: value } })

const prefix =
  (pattern: RegExp, allowed: string) =>
  (value: unknown): WordUse =>
    typeof value === 'string' && pattern.test(value) ? part('prefix', value) : { refused: `allowed ${allowed}.` }

/** It becomes a part of the names of tables. The colon that ends prefixes of keys by custom becomes an underscore there. */
function tablePrefix(value: unknown): WordUse {
  const name = String(value).replace(/:$/, '_')
  if (/^[a-z][a-z0-9_]{0,30}$/.test(name)) return part('prefix', name)
  return {
    refused:
      'allowed are 1 to 31 lower-case letters, digits and underscores, beginning with a letter; a colon at the end counts as an underscore.',
  }
}

const within =
  (name: string, [least, most]: readonly [number, number], what: string) =>
  (value: unknown): WordUse =>
    Number(value) >= least && Number(value) <= most ? part(name, value) : { refused: `allowed are ${least} to ${most} ${what}.` }

const timeout = (value: unknown): WordUse => part('timeout', parseDuration(value))

/** The empty tables of a database take so much. */
const LEAST_FILE = 65_536

const WORDS: Readonly<Record<string, Word>> = {
  key_prefix: {
    sqlite: tablePrefix,
    postgres: tablePrefix,
    redis: prefix(/^[!-z|~]{1,64}$/, 'are 1 to 64 printable ASCII characters without spaces and braces'),
    memcached: prefix(/^[!-~]{1,100}$/, 'are 1 to 100 printable ASCII characters without spaces'),
    otherwise: 'memory holds nothing but the sessions of this service, so there is nothing to keep apart; leave it out.',
  },
  max_size: {
    memory: within('maxRows', [1, 1_000_000_000], 'sessions'),
    sqlite: within('maxSize', [LEAST_FILE, Number.MAX_SAFE_INTEGER], 'bytes'),
    otherwise: 'the size of this store is set in its own server (maxmemory of Redis, -m of Memcached, the disk of Postgres); leave it out.',
  },
  timeout: {
    sqlite: timeout,
    redis: timeout,
    postgres: timeout,
    memcached: timeout,
    otherwise: 'memory answers at once; leave it out.',
  },
  pool_size: {
    postgres: within('poolSize', [3, 1_000], 'connections'),
    memcached: within('connections', [1, 64], 'connections to each server'),
    otherwise: 'memory and sqlite have no connections, and one connection to a server of Redis carries all calls; leave it out.',
  },
  schema: { postgres: (value) => part('schema', value), otherwise: 'only Postgres has schemas; leave it out.' },
  migrate: {
    postgres: (value) => part('migrate', value),
    otherwise: 'only the tables of Postgres can be made by somebody else; leave it out.',
  },
}

/** Words of `session_storage` that add to what the store is and where. */
export const STORAGE_WORDS: readonly string[] = Object.keys(WORDS)

/** What a word comes to for this store. */
export function wordUse(type: StorageType, name: string, value: unknown): WordUse {
  const word = WORDS[name]
  return word?.[type]?.(value) ?? { refused: word?.otherwise ?? 'it is not known.' }
}
