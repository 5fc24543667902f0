import { equal, type Key, mac } from '../crypto/hash.js'
import { ROW_ID_LENGTH } from '../token/ticket.js'

/** 132 bits: whoever can name a binding was told its name. A forged proof ends a session, so names must not be guessed from public ids. */
const TAG_LENGTH = 22

const tagOf = (key: Key, rowId: string): string => mac(key, 'dbsc/identifier', rowId).slice(0, TAG_LENGTH)

/** The name under which a browser knows its bound session. */
export function identifierOf(key: Key, rowId: string): string {
  return rowId + tagOf(key, rowId)
}

/** The row id of the session; undefined for a name that was not given here. */
export function rowOfIdentifier(key: Key, identifier: string): string | undefined {
  if (identifier.length !== ROW_ID_LENGTH + TAG_LENGTH) return undefined
  const rowId = identifier.slice(0, ROW_ID_LENGTH)
  return equal(tagOf(key, rowId), identifier.slice(ROW_ID_LENGTH)) ? rowId : undefined
}
