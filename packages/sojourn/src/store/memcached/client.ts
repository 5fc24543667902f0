import type { Clock, Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import type { Deadline } from './deadline.js'
import type { Question } from './question.js'
import type { Server } from './server.js'

/** What the verbs of the store work with. */
export interface MemcachedClient {
  readonly clock: Clock
  readonly prefix: string
  /** The largest value, in bytes. */
  readonly maxValue: number
  /** The most rows of one owner. */
  readonly maxPerOwner: number
  /** The server of a row id or owner: the same for all of one bucket. */
  readonly serverOf: (name: string) => Server
  /** Says what an operator should know. */
  readonly warn: (message: string, fault: unknown) => void
}

/** The longest that memcached takes. */
const MOST_KEY = 250

/** No spaces and no control characters: a key with a line end in it would be a second command (CVE-2022-4064). */
const KEY = /^[\x21-\x7e]+$/

/** The key of a row. Throws `INVALID_ARGUMENT` for an id that cannot be one. */
export const rowKey = (client: MemcachedClient, id: string): string => checkedKey('id', `${client.prefix}r:${id}`)

/** The key of an owner's index. Throws `INVALID_ARGUMENT` for an owner that cannot be one. */
export const indexKey = (client: MemcachedClient, owner: string): string => checkedKey('owner', `${client.prefix}u:${owner}`)

function checkedKey(path: string, key: string): string {
  if (key.length <= MOST_KEY && KEY.test(key)) return key
  throw new SessionError('INVALID_ARGUMENT', `${path}: with the prefix it must be at most ${MOST_KEY} visible ASCII characters.`, { path })
}

/** Asks one question at the server of `name`. */
export async function askAt<Answer>(
  client: MemcachedClient,
  name: string,
  question: Question<Answer>,
  deadline: Deadline,
): Promise<Answer> {
  const connection = await client.serverOf(name).connection(deadline)
  return await connection.ask(question, deadline)
}

/** An insertion that has its row in but not its entry is under way for no longer than this: no verb may take half as long. */
export const LONGEST_INSERTION: Millis = 60_000
