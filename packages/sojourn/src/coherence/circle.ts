/**
 * Nodes that keep rows of one kind in memory, and wait for each other. Several kinds may share the channels of a store: none
 * of them listens to another, and none waits for another.
 */
export interface Circle {
  /** In front of the names of its nodes, and of what they say. */
  readonly mark: string
  /** Whether a node, or a message, is one of this circle, by how it begins. */
  has(text: string): boolean
}

/** In front of every mark but that of the engines: names and tags are base64url, where it does not occur. */
const SIGN = '~'

/** The circle of the session managers. */
export const ENGINES: Circle = Object.freeze({ mark: '', has: (text: string) => !text.startsWith(SIGN) })

/** Another circle, by a word that no other one has. */
export function circleOf(word: string): Circle {
  const mark = `${SIGN}${word}.`
  return Object.freeze({ mark, has: (text: string) => text.startsWith(mark) })
}
