import { afterAll, describe, test } from 'vitest'
import { accountEvents } from './account-events.js'
import { analytics } from './analytics.js'
import type { BehaviourCheck, MakeBench, Way } from './bench.js'
import { clocks } from './clocks.js'
import { context } from './context.js'
import { create } from './create.js'
import { devices } from './devices.js'
import { grants } from './grants.js'
import { input } from './input.js'
import { kinds } from './kinds.js'
import { limit } from './limit.js'
import { list } from './list.js'
import { outage } from './outage.js'
import { pairs } from './pairs.js'
import { permissions } from './permissions.js'
import { CannotBeTried } from './probed-store.js'
import { proofs } from './proofs.js'
import { reauthenticate } from './reauthenticate.js'
import { renew } from './renew.js'
import { resurrection } from './resurrection.js'
import { reuse } from './reuse.js'
import { revocations } from './revocations.js'
import { roles } from './roles.js'
import { rules } from './rules.js'
import { secrets } from './secrets.js'
import { tenants } from './tenants.js'
import { terminate } from './terminate.js'
import { terminateAll } from './terminate-all.js'
import { tokens } from './tokens.js'
import { validate } from './validate.js'

const chapters: Readonly<Record<string, readonly BehaviourCheck[]>> = {
  createSession: create,
  validateSession: validate,
  renewSession: renew,
  'a renewed token': reuse,
  terminateSession: terminate,
  getActiveSessions: list,
  terminateAllUserSessions: terminateAll,
  updateSessionContext: context,
  setSessionPermissions: permissions,
  setSessionRoles: roles,
  reauthenticateSession: reauthenticate,
  'grantOperation and useGrant': grants,
  accountEvent: accountEvents,
  getSessionAnalytics: analytics,
  'kinds of sessions': kinds,
  tenants,
  clocks,
  'the limit of sessions': limit,
  'the rules of an installation': rules,
  tokens,
  'devices and risk': devices,
  'a session bound to a key': proofs,
  'access and refresh tokens': pairs,
  'the feed of revocations': revocations,
  'bad input': input,
  secrets,
  'an outage of the store': outage,
  'an ended session': resurrection,
}

/** Milliseconds that one check may take; a million tokens need minutes. */
const LONGEST_CHECK = process.env['SOJOURN_LONG_TESTS'] === '1' ? 600_000 : 60_000

/** Registers all checks that can be made by `way` with the test runner. What a store cannot do is left out, with the reason. */
export function describeBehaviour(name: string, way: Way, makeBench: MakeBench): void {
  const leftOut = new Map<string, number>()
  afterAll(() => {
    for (const [reason, count] of leftOut) process.stdout.write(`${name}: ${count} checks left out, because ${reason}\n`)
  })
  describe(name, () => {
    for (const [chapter, checks] of Object.entries(chapters)) {
      describe(chapter, () => {
        for (const { name: sentence, limits, ways, check } of checks) {
          if (ways !== undefined && !ways.includes(way)) continue
          test(sentence, { timeout: LONGEST_CHECK }, async ({ skip }) => {
            const bench = await makeBench(limits ?? {})
            try {
              await check(bench)
            } catch (error) {
              if (!(error instanceof CannotBeTried)) throw error
              leftOut.set(error.message, (leftOut.get(error.message) ?? 0) + 1)
              skip(error.message)
            } finally {
              await bench.close()
            }
          })
        }
      })
    }
  })
}
