import { expect, it } from 'vitest'
import { cookieReader, signCookie } from '../../src/crypto/cookie-signature.js'

it('reads what one of its secrets signed, the first time and later, and nothing that resembles it', () => {
  const read = cookieReader(['new', 'old'])
  const [good, older] = [signCookie('id.with.dots', 'new'), signCookie('id', 'old')]
  for (let times = 0; times < 3; times++) {
    expect([read(good), read(older)]).toEqual(['id.with.dots', 'id'])
    for (const bad of [`${good}x`, good.slice(0, -1), `x${good}`, good.replace('with', 'sith'), signCookie('id', 'other'), 'id', '.', ''])
      expect(read(bad)).toBeUndefined()
  }
})

it('goes on reading when more was signed than it remembers', () => {
  const read = cookieReader(['secret'])
  const first = signCookie('first', 'secret')
  for (let n = 0; n < 25_000; n++) if (read(signCookie(`id-${n}`, 'secret')) !== `id-${n}`) throw new Error(`id-${n} is not read`)
  expect([read(first), read(signCookie('id-0', 'secret')), read(signCookie('id-24999', 'secret'))]).toEqual(['first', 'id-0', 'id-24999'])
  expect(read(`${first.slice(0, -1)}-`)).toBeUndefined()
})
