import { equal, type Key, mac } from '../crypto/hash.js'
import { type Circle, ENGINES } from './circle.js'

/** What nodes say to each other. */
export type Message =
  /** A row has been changed to this version, or taken out (`Infinity`): older ones must be forgotten. */
  | { readonly kind: 'changed'; readonly node: string; readonly id: string; readonly version: number }
  /** A node lives; the nonce tells it that its channel does, too. */
  | { readonly kind: 'beat'; readonly node: string; readonly nonce: string; readonly name: string }
  /** Whoever hears this answers that it has heard everything before it. */
  | { readonly kind: 'question'; readonly node: string; readonly nonce: string }
  /** The answer, to whoever asked. */
  | { readonly kind: 'answer'; readonly node: string; readonly nonce: string }

export interface MessageCodec {
  encode(message: Message): string
  /** Whether this is said to nodes of this circle. What others say to each other through the same channel is no concern of ours. */
  isForUs(text: string): boolean
  /** The message, or undefined for what none of our nodes has said. */
  decode(text: string): Message | undefined
}

/** 132 bits of the tag: nobody without our keys makes one up. */
const TAG_LENGTH = 22
const LETTERS = Object.freeze({ changed: 'c', beat: 'b', question: 'q', answer: 'a' })
/** No message of ours is longer; a longer one is not even looked at. */
const MAX_LENGTH = 512
/** Stands for the version of a row that was taken out. */
const GONE = '-'

function bodyOf(message: Message): string {
  const head = `${LETTERS[message.kind]} ${message.node}`
  if (message.kind === 'changed') return `${head} ${message.id} ${message.version === Number.POSITIVE_INFINITY ? GONE : message.version}`
  return message.kind === 'beat' ? `${head} ${message.nonce} ${message.name}` : `${head} ${message.nonce}`
}

function parse(body: string): Message | undefined {
  const [letter, node, first, second] = body.split(' ')
  if (node === undefined || first === undefined) return undefined
  if (letter === LETTERS.changed && second !== undefined) {
    return { kind: 'changed', node, id: first, version: second === GONE ? Number.POSITIVE_INFINITY : Number(second) }
  }
  if (letter === LETTERS.beat && second !== undefined) return { kind: 'beat', node, nonce: first, name: second }
  if (letter === LETTERS.question) return { kind: 'question', node, nonce: first }
  return letter === LETTERS.answer ? { kind: 'answer', node, nonce: first } : undefined
}

/**
 * Messages as text, each with a tag under a key that all nodes share. Whoever can write to the store but has not the keys can
 * neither answer for a node that has not heard a change, nor register one.
 */
export function messageCodec(key: Key, circle: Circle = ENGINES): MessageCodec {
  const tagOf = (body: string): string => mac(key, body).slice(0, TAG_LENGTH)
  const head = circle.mark.length
  return Object.freeze({
    encode(message: Message): string {
      const body = bodyOf(message)
      return `${circle.mark}${tagOf(body)} ${body}`
    },
    isForUs: circle.has,
    decode(text: string): Message | undefined {
      if (text.length > MAX_LENGTH || !circle.has(text)) return undefined
      const body = text.slice(head + TAG_LENGTH + 1)
      return equal(tagOf(body), text.slice(head, head + TAG_LENGTH)) ? parse(body) : undefined
    },
  })
}
