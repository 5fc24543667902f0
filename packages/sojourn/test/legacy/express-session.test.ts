import { sign } from 'cookie-signature'
import { describe, expect, it } from 'vitest'
import { type CallbackStore, expressSession } from '../../src/legacy/express-session.js'
import type { LegacyRecord } from '../../src/legacy/source.js'

const userIdOf = ({ user }: { readonly user?: string | number | null }): string | number | null | undefined => user

/** A store that answers every question with this. */
const answering = (session: unknown, error: unknown = null): CallbackStore => ({
  get: (_sid, callback) => callback(error, session as object),
  destroy: (_sid, callback) => callback(error),
})

const load = (store: CallbackStore): Promise<LegacyRecord | undefined> =>
  expressSession<{ readonly user?: string }>({ secret: 'secret', store, userIdOf }).load({ id: 'abc' })

describe('expressSession', () => {
  it('reads a credential signed with any of the secrets, in each of its spellings, and keeps no other', () => {
    const source = expressSession({ secret: ['new', 'old'], store: answering(null), userIdOf })
    const signed = sign('id.with.dots', 'old')
    for (const credential of [`s:${signed}`, signed, encodeURIComponent(`s:${signed}`), encodeURIComponent(signed)]) {
      expect(source.read(credential)).toEqual({ id: 'id.with.dots' })
    }
    expect(source.read(`s:${sign('id', 'new')}`)).toEqual({ id: 'id' })
    for (const credential of [
      '',
      's:',
      '%E0%A4%A',
      `j:${signed}`,
      sign('id', 'other'),
      `s:s:${signed}`,
      `s:${sign('x'.repeat(5_000), 'new')}`,
    ]) {
      expect(source.read(credential)).toBeUndefined()
    }
  })

  it('has the data as it would come from a store that keeps text, without the cookie', async () => {
    const session = { cookie: { path: '/' }, user: 'alice', at: new Date(0), touch: () => undefined, nothing: undefined }
    expect(await load(answering(session))).toEqual({ userId: 'alice', data: { user: 'alice', at: '1970-01-01T00:00:00.000Z' } })
  })

  it('takes numbers for user ids, and nobody for nobody', async () => {
    expect(await load(answering({ user: 0 }))).toMatchObject({ userId: '0' })
    for (const session of [{ user: null }, {}, null, undefined]) expect(await load(answering(session))).toBeUndefined()
  })

  it('goes by the end that the cookie tells, unless the store moves the end without writing the record', async () => {
    const expires = '2026-01-15T08:00:00.000Z'
    const store = answering({ user: 'alice', cookie: { expires } })
    expect(await load(store)).toMatchObject({ expiresAt: new Date(expires) })
    expect(await load(answering({ user: 'alice', cookie: { expires: new Date(expires) } }))).toMatchObject({ expiresAt: new Date(expires) })
    expect(await load({ ...store, touch: () => undefined } as CallbackStore)).not.toHaveProperty('expiresAt')
    expect(await load(answering({ user: 'alice', cookie: { expires: null } }))).not.toHaveProperty('expiresAt')
  })

  it('lets the application say more, and have the last word', async () => {
    const more = {
      createdAt: new Date(5),
      roles: ['staff'],
      permissions: ['read'],
      rememberMe: true,
      data: { theme: 'dark' },
      expiresAt: new Date(9),
    }
    const source = expressSession<{ readonly user: string }>({
      secret: 'secret',
      store: answering({ user: 'alice', cookie: { expires: new Date(1) } }),
      userIdOf,
      detailsOf: () => more,
    })
    expect(await source.load({ id: 'abc' })).toEqual({ userId: 'alice', ...more })
  })

  it('rejects when the store does, and takes ENOENT for "there is none"', async () => {
    await expect(load(answering(null, new Error('down')))).rejects.toThrow('down')
    const none = Object.assign(new Error('none'), { code: 'ENOENT' })
    expect(await load(answering({ user: 'alice' }, none))).toBeUndefined()
    const gone = expressSession({ secret: 'secret', store: answering(null, none), userIdOf })
    await gone.remove({ id: 'abc' })
    const down = expressSession({ secret: 'secret', store: answering(null, new Error('down')), userIdOf })
    await expect(down.remove({ id: 'abc' })).rejects.toThrow('down')
    const thrower: CallbackStore = {
      get: () => {
        throw new Error('not connected')
      },
      destroy: () => undefined,
    }
    await expect(load(thrower)).rejects.toThrow('not connected')
  })

  it.each([[''], [[]], [['secret', '']], [7], [undefined]])('refuses the secret %j', (secret) => {
    expect(() => expressSession({ secret: secret as string, store: answering(null), userIdOf })).toThrow(/secret/)
  })
})
