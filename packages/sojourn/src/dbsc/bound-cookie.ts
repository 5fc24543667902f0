import type { Millis } from '../clock.js'
import { equal, type Key, mac } from '../crypto/hash.js'

const FORM = /^([0-9a-z]{1,11})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

const markOf = (key: Key, rowId: string, jkt: string, until: string, nonce: string): string =>
  mac(key, 'dbsc/cookie', rowId, jkt, until, nonce)

/** The value of the short cookie: until when, and a keyed hash over that, the session and the browser's key. Kept nowhere. */
export function boundCookie(key: Key, rowId: string, jkt: string, nonce: string, until: Millis): string {
  const end = until.toString(36)
  return `${end}.${nonce}.${markOf(key, rowId, jkt, end, nonce)}`
}

/** Whether this is a cookie of this session and this key, and its time is not over. The end is judged here: a thief keeps a cookie longer than a browser. */
export function isBoundCookie(key: Key, rowId: string, jkt: string, value: unknown, now: Millis): boolean {
  const [, until, nonce, mark] = (typeof value === 'string' ? FORM.exec(value) : undefined) ?? []
  if (until === undefined || nonce === undefined || mark === undefined) return false
  return equal(markOf(key, rowId, jkt, until, nonce), mark) && now < Number.parseInt(until, 36)
}
