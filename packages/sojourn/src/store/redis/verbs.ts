import type { Clock, Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import type { Row, ScanPage, ScanRange } from '../store.js'
import type { Asking } from './asking.js'
import { bucketOf } from './buckets.js'
import { insertScript } from './insert-script.js'
import type { Keys } from './keys.js'
import { ownerHints } from './owner-hints.js'
import { removeScript } from './remove-script.js'
import { replaceScript } from './replace-script.js'
import { countOf, listOf, textOf } from './reply.js'
import { rowReader } from './row-reader.js'
import type { Script } from './script.js'
import { settling } from './settling.js'
import { decodeRow, encodeRow } from './stored-row.js'
import { walk } from './walk.js'

export interface RedisVerbsOptions {
  readonly asking: Asking
  readonly keys: Keys
  readonly clock: Clock
  readonly timeout: Millis
  readonly replicas: number
  readonly waitTimeout: Millis
}

/** The verbs of the store, each with the instant until which it may wait. */
export interface RedisVerbs {
  insert(row: Row, until: Millis): Promise<number>
  get(id: string, until: Millis): Promise<Row | undefined>
  replace(row: Row, until: Millis): Promise<boolean>
  remove(id: string, version: number | undefined, until: Millis): Promise<Row | undefined>
  list(owner: string, until: Millis): Promise<Row[]>
  scan(range: ScanRange, until: Millis): Promise<ScanPage>
  settle(id: string): Promise<'stored' | 'durable'>
}

/** The owner of a row changes once at most, so after two answers that name one, the third cannot. */
const MOST_NAMINGS = 3

export function redisVerbs(options: RedisVerbsOptions): RedisVerbs {
  const { asking, keys } = options
  const hints = ownerHints()
  const settled = settling(options)
  const reader = rowReader(asking, keys, hints)

  async function write(
    bucket: string,
    script: Script,
    names: readonly [string, ...string[]],
    args: readonly (string | Buffer)[],
    until: Millis,
  ): Promise<unknown> {
    try {
      const { reply, carrier } = await asking.script(script, names, args, until)
      settled.wrote(bucket, carrier)
      return reply
    } catch (fault) {
      settled.lost(bucket)
      throw fault
    }
  }

  /**
   * Runs a script that may have to touch the index of the stored owner. All keys of a script are named beforehand (some
   * servers insist), but the owner stands in the row: it is guessed, and the script names it if the guess is wrong.
   */
  async function writeOwned<T>(
    id: string,
    bucket: string,
    guess: string | undefined,
    run: (names: readonly [string, string, ...string[]], owner: string) => Promise<{ readonly owner: string } | { readonly answer: T }>,
  ): Promise<T> {
    let owner = guess ?? ''
    for (let namings = 0; namings < MOST_NAMINGS; namings++) {
      const index = owner === '' ? [] : [keys.owner(bucket, owner)]
      const outcome = await run([keys.row(bucket, id), keys.expiry(bucket), ...index], owner)
      if ('answer' in outcome) return outcome.answer
      owner = outcome.owner
    }
    throw new Error('The owner of a row changes faster than it can be named.')
  }

  return {
    async insert(row, until) {
      const { id, owner, createdAt, expiresAt } = row
      const bucket = bucketOf(id)
      if (bucket === undefined || (owner !== null && bucketOf(owner) !== bucket)) throw wrongBucket()
      const index = owner === null ? [] : [keys.owner(bucket, owner)]
      const args = [id, `${createdAt}`, `${expiresAt}`, encodeRow(row)]
      return countOf(await write(bucket, insertScript, [keys.row(bucket, id), keys.expiry(bucket), ...index], args, until))
    },

    async get(id, until) {
      const bucket = bucketOf(id)
      if (bucket === undefined) return undefined
      const key = keys.row(bucket, id)
      const { reply } = await asking.command(['GET', key], key, until)
      if (reply === null) return undefined
      const row = decodeRow(id, reply)
      hints.note(id, row.owner)
      return row
    },

    async replace(row, until) {
      const { id, owner, version, expiresAt } = row
      const bucket = bucketOf(id)
      if (bucket === undefined) return false
      // Copied now: the driver takes its time, and what the caller does to its array until then must change nothing.
      const data = Buffer.from(row.data)
      return writeOwned<boolean>(id, bucket, owner ?? hints.of(id), async (names, named) => {
        const args = [id, `${version - 1}`, `${version}`, `${expiresAt}`, owner ?? '', data, named]
        const reply = await write(bucket, replaceScript, names, args, until)
        if (reply === -1) throw otherOwner()
        return typeof reply === 'number' ? { answer: reply === 1 } : { owner: textOf(reply) }
      })
    },

    async remove(id, version, until) {
      const bucket = bucketOf(id)
      if (bucket === undefined) return undefined
      return writeOwned<Row | undefined>(id, bucket, hints.of(id), async (names, named) => {
        const reply = await write(bucket, removeScript, names, [id, `${version ?? ''}`, named], until)
        if (Array.isArray(reply)) return { owner: textOf(reply[0]) }
        return { answer: reply === null ? undefined : decodeRow(id, reply) }
      })
    },

    async list(owner, until) {
      const bucket = bucketOf(owner)
      if (bucket === undefined) return []
      const index = keys.owner(bucket, owner)
      const ids = listOf((await asking.command(['ZRANGE', index, '0', '-1'], index, until)).reply).map(textOf)
      const rows = await reader.read(bucket, ids, index, until)
      // One that was ended since the index was read is nobody's any more.
      return rows.filter((row): row is Row => row?.owner === owner)
    },

    scan: walk(asking, keys, reader),

    async settle(id) {
      const bucket = bucketOf(id)
      return bucket === undefined ? 'stored' : settled.settle(bucket)
    },
  }
}

const wrongBucket = (): SessionError =>
  new SessionError(
    'INVALID_ARGUMENT',
    'A row begins with the two letters of its bucket (a to z, 2 to 7), and its owner with the same two.',
    { path: 'id' },
  )

const otherOwner = (): SessionError => new SessionError('INVALID_ARGUMENT', 'A row never gets another owner, only none.', { path: 'owner' })
