import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { isOwnRow, rowIdOf } from '../../src/express-session/row-id.js'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

it('names the row of a session by a hash of its id, in a bucket that the first bytes of the hash choose', () => {
  for (let n = 0; n < 2_000; n++) {
    const digest = createHash('sha256').update(`sojourn/express-session/name/id-${n}`).digest()
    const bucket = [0, 1].map((at) => ALPHABET[digest[at]! & 31]).join('')
    expect(rowIdOf(`id-${n}`)).toBe(`${bucket}-es-${digest.toString('base64url')}`)
    expect(isOwnRow(rowIdOf(`id-${n}`))).toBe(true)
  }
})
