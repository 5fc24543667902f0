import { ProtocolFault, ServerRefusal } from './faults.js'
import type { Question } from './question.js'
import type { Reply } from './reply.js'

/** The unique number of one write, in decimal: it has 64 bits. */
export type Cas = string

/** What stands under a key. */
export interface Item {
  readonly value: Buffer
  readonly cas: Cas
}

/** How a write is bound to what is there: nothing is, or exactly what was read. There is no unconditional write. */
export type Over = 'nothing' | { readonly cas: Cas }

/** `stored`; `taken`: over nothing, and there was something; `changed`: over another write; `absent`: over nothing any more. */
export type SetAnswer = 'stored' | 'taken' | 'changed' | 'absent'

export type DeleteAnswer = 'deleted' | 'changed' | 'absent'

/** Zero is what a server without CAS answers, on which every conditional write would be unconditional. */
const CAS = /^[1-9]\d{0,19}$/

const FLAG = /^([a-zA-Z])(.*)$/

/** `mg`: the value under a key, or undefined. */
export function metaGet(key: string): Question<Item | undefined> {
  return {
    write: (opaque) => Buffer.from(`mg ${key} v c k O${opaque}\r\n`, 'latin1'),
    read(reply, opaque) {
      const code = codeOf(reply, key, opaque)
      if (code === 'EN') return { answer: undefined }
      if (code !== 'VA' || reply.value === undefined) throw unexpected()
      return { answer: { value: reply.value, cas: casOf(reply) } }
    },
  }
}

const ADD_ANSWERS: ReadonlyMap<string, SetAnswer> = new Map([
  ['HD', 'stored'],
  ['NS', 'taken'],
])

const CAS_ANSWERS: ReadonlyMap<string, SetAnswer> = new Map([
  ['HD', 'stored'],
  ['EX', 'changed'],
  ['NF', 'absent'],
])

/** `ms`: puts a value under a key. `exptime` is memcached's: 0 for none, seconds from now up to 30 days, else Unix seconds. */
export function metaSet(key: string, value: Uint8Array, exptime: number, over: Over): Question<SetAnswer> {
  const [condition, answers] = over === 'nothing' ? ['ME', ADD_ANSWERS] : [`C${over.cas}`, CAS_ANSWERS]
  return {
    write(opaque) {
      const head = Buffer.from(`ms ${key} ${value.length} T${exptime} ${condition} k O${opaque}\r\n`, 'latin1')
      return Buffer.concat([head, value, LINE_END])
    },
    read(reply, opaque) {
      const answer = answers.get(codeOf(reply, key, opaque))
      if (answer === undefined) throw unexpected()
      return { answer }
    },
  }
}

const DELETE_ANSWERS: ReadonlyMap<string, DeleteAnswer> = new Map([
  ['HD', 'deleted'],
  ['EX', 'changed'],
  ['NF', 'absent'],
])

/** `md`: takes away what is under a key, if it is still what was read. */
export function metaDelete(key: string, cas: Cas): Question<DeleteAnswer> {
  return {
    write: (opaque) => Buffer.from(`md ${key} C${cas} k O${opaque}\r\n`, 'latin1'),
    read(reply, opaque) {
      const answer = DELETE_ANSWERS.get(codeOf(reply, key, opaque))
      if (answer === undefined) throw unexpected()
      return { answer }
    },
  }
}

const LINE_END = Buffer.from('\r\n')

const unexpected = (): ProtocolFault => new ProtocolFault('The answer does not belong to the question.')

/** The return code, once it is certain that the answer is to this question. */
function codeOf(reply: Reply, key: string, opaque: string): string {
  if (reply.line.startsWith('SERVER_ERROR ')) throw refusal(reply.line)
  const code = reply.line.slice(0, 2)
  if (flagOf(reply, 'O') !== opaque || flagOf(reply, 'k') !== key) throw unexpected()
  return code
}

function casOf(reply: Reply): Cas {
  const cas = flagOf(reply, 'c')
  if (cas === undefined || !CAS.test(cas)) throw new ProtocolFault('The answer has no CAS number. Start memcached without -C.')
  return cas
}

/** What stands behind a flag's letter; undefined if the flag is missing or there twice. */
function flagOf(reply: Reply, letter: string): string | undefined {
  const words = reply.line.split(' ').slice(reply.value === undefined ? 1 : 2)
  const values = words.map((word) => FLAG.exec(word)).filter((match) => match?.[1] === letter)
  return values.length === 1 ? values[0]?.[2] : undefined
}

/** Words of the server are not repeated but recognised: a hostile one could put anything into our logs. */
function refusal(line: string): ServerRefusal {
  if (line.includes('out of memory')) return new ServerRefusal('memcached has no memory left (it runs with -M). Give it more with -m.')
  if (line.includes('too large')) return new ServerRefusal('memcached holds no value as large as this. Raise its limit with -I.')
  return new ServerRefusal('memcached answered SERVER_ERROR.')
}
