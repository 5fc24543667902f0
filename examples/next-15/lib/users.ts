import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

interface User {
  readonly id: string
  readonly name: string
  readonly salt: Buffer
  readonly hash: Buffer
}

function user(id: string, name: string, password: string): User {
  const salt = randomBytes(16)
  return { id, name, salt, hash: scryptSync(password, salt, 32) }
}

/** Your own table of users. Sojourn does not know passwords. */
const USERS = new Map([user('alice', 'Alice Arendt', 'wonderland'), user('bob', 'Bob Brandt', 'builder')].map((one) => [one.id, one]))
const NOBODY = user('', '', randomBytes(16).toString('hex'))

/** The user with this password. Takes as long where there is none of that name. */
export function checkPassword(id: string, password: string): User | undefined {
  const found = USERS.get(id)
  const { salt, hash } = found ?? NOBODY
  return timingSafeEqual(scryptSync(password, salt, 32), hash) ? found : undefined
}

export const nameOf = (id: string): string => USERS.get(id)?.name ?? id
