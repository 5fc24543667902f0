import { describe, it } from 'vitest'
import type { MakeBench } from '../../behaviour/bench.js'
import { cacheChecks } from './cache.js'
import { concurrencyChecks } from './concurrency.js'
import { cookieChecks } from './cookies.js'
import { credentialChecks } from './credentials.js'
import { csrfChecks } from './csrf.js'
import { guardChecks } from './guards.js'
import type { Harness } from './harness.js'
import { loginChecks } from './login.js'
import { oldCookieChecks } from './old-cookies.js'
import { outageChecks } from './outage.js'
import { proofChecks } from './proofs.js'
import { refreshCookieChecks } from './refresh-cookies.js'
import { renewalChecks } from './renewal.js'
import { stepChecks } from './steps.js'
import { type HttpCheck, makeWorld } from './world.js'

/** Ten thousand requests take a second on a machine of their own, and a minute on one that many share. */
const PATIENCE = 240_000

const CHAPTERS: ReadonlyArray<readonly [title: string, checks: readonly HttpCheck[]]> = [
  ['credentials', credentialChecks],
  ['cookies', cookieChecks],
  ['requests of other sites', csrfChecks],
  ['caches', cacheChecks],
  ['login and logout', loginChecks],
  ['renewal', renewalChecks],
  ['logins in steps', stepChecks],
  ['refresh tokens in cookies', refreshCookieChecks],
  ['proofs of possession', proofChecks],
  ['demands', guardChecks],
  ['cookies of older libraries', oldCookieChecks],
  ['outage', outageChecks],
  ['many at once', concurrencyChecks],
]

/** What every adapter must do, over every implementation of the nine functions. */
export function describeHttp(title: string, harness: Harness, makeBench: MakeBench): void {
  describe(title, () => {
    for (const [chapter, checks] of CHAPTERS) {
      describe(chapter, () => {
        it.each(checks.map((check) => [check.name, check] as const))(
          '%s',
          async (_name, check) => {
            const world = await makeWorld(harness, makeBench, check)
            try {
              await check.check(world)
            } finally {
              await world.close()
            }
          },
          PATIENCE,
        )
      })
    }
  })
}
