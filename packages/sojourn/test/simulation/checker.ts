import type { Level } from '../../src/session.js'
import type { SessionValidationResult } from '../../src/sessions.js'
import type { Known } from './known.js'
import type { Schedule } from './schedule.js'
import type { Kept } from './server.js'

/** The beginning of something that a client asked for. */
export interface Begun {
  readonly step: number
  readonly time: number
  /** Names the process. */
  readonly by: string
  /** Whether the process talks with a server that is the primary no more. */
  readonly isAstray: boolean
}

export interface Violation {
  readonly promise: 'P1' | 'P2' | 'P3' | 'P6' | 'P7' | 'P9' | 'bounded' | 'liveness' | 'fault'
  readonly text: string
  readonly time: number
}

export interface Counts {
  validations: number
  served: number
  unknown: number
  /** Validations of sessions that nobody had begun to end and the store had not lost. */
  living: number
  livingServed: number
  /** Refusals of living sessions by a node that still spoke with a deposed primary. */
  refusedAstray: number
  ends: number
  everywhere: number
}

export interface Checker {
  readonly sessions: Known[]
  readonly violations: Violation[]
  readonly counts: Counts
  /** Notes that a user logs in, and answers how often that was tried. */
  loggingIn(user: string): number
  created(rowId: string, user: string, token: string, authTime: number, kept: Kept, limit: number): Known
  validated(known: Known, token: string, begun: Begun, result: SessionValidationResult, isAstray: boolean): void
  unknown(known: Known, begun: Begun): void
  ended(known: Known, level: Level): void
  endedAll(user: string, before: number, level: Level): void
  /** Sessions of this user may end from now on; also those of logins under way. */
  mayEnd(user: string): void
  renewed(known: Known, token: string, next: string): void
  /** A renewal was refused; `known` was ended by nobody when it began. */
  notRenewed(known: Known, token: string, code: string, isAstray: boolean): void
  /** A request was told that its token had been replaced twice: it ends the session, and others may have heard of that before. */
  reused(known: Known): void
  /** Which sessions live at last, if nothing has gone wrong: those who log in at once must not end each other. */
  stay(living: ReadonlySet<Known>, limit: number): void
  swapped(before: Kept, after: Kept, why: 'fail-over' | 'loss'): void
  astray(before: Kept, after: Kept): void
  violated(promise: Violation['promise'], text: string): void
}

/** The rights that the workload gives and takes away. */
export const RIGHT = 'admin'

/** `apart`: how far the clocks of two nodes may be apart; a grace that is shorter ends on one of them before it begins. */
export function checker(world: Schedule, bound: number, grace: number, apart: number): Checker {
  const sessions: Known[] = []
  const byRow = new Map<string, Known>()
  const violations: Violation[] = []
  const counts: Counts = { validations: 0, served: 0, unknown: 0, living: 0, livingServed: 0, refusedAstray: 0, ends: 0, everywhere: 0 }
  const allEnds: { readonly user: string; readonly before: number; readonly step: number; readonly time: number; readonly level: Level }[] =
    []
  const undoneRows = new Map<string, 1 | 2>()
  const olderRows = new Map<string, 1 | 2>()
  let undoneUsers: 0 | 1 | 2 = 0
  let emptiedAt = Number.NEGATIVE_INFINITY
  const ending = new Set<string>()
  const logins = new Map<string, number>()

  const violated = (promise: Violation['promise'], text: string): void => {
    violations.push({ promise, text, time: world.now() })
  }
  const excuses = (undone: 0 | 1 | 2, level: Level): boolean =>
    undone === 2 || (undone === 1 && level !== 'durable' && level !== 'everywhere')
  const isLate = (begun: Begun, end: { readonly step: number; readonly time: number; readonly level: Level }): boolean =>
    end.level === 'everywhere' ? begun.step > end.step : begun.time > end.time + bound
  const undo = (id: string, owner: string | null, grade: 1 | 2, isOlder: boolean): void => {
    undoneRows.set(id, grade === 2 ? 2 : (undoneRows.get(id) ?? 1))
    if (id === owner) undoneUsers = grade === 2 || undoneUsers === 2 ? 2 : 1
    // Also of a login that has not been answered yet, and may have been ended meanwhile.
    if (isOlder) olderRows.set(id, grade === 2 ? 2 : (olderRows.get(id) ?? 1))
    const known = byRow.get(id)
    if (known === undefined) return
    known.undone = grade === 2 || known.undone === 2 ? 2 : 1
    if (isOlder) known.older = grade === 2 || known.older === 2 ? 2 : 1
  }
  const isLiving = (known: Known): boolean => !known.mayHaveEnded && known.undone === 0

  function accepted(known: Known, token: string, begun: Begun, permissions: readonly string[]): void {
    const { end, undone, older, reduced } = known
    const at = `session ${known.index} on ${begun.by}`
    if (end !== undefined && isLate(begun, end) && !excuses(older, end.level))
      violated('P1', `${at} accepted, begun ${Math.round(begun.time - end.time)} ms after its end was ${end.level}`)
    const refused = known.refusedBy.get(begun.by)
    if (refused !== undefined && begun.step > refused && !excuses(older, end?.level ?? 'stored'))
      violated('P2', `${at} accepted after the same process had refused it as ended`)
    for (const all of allEnds) {
      if (all.user !== known.user || known.authTime >= all.before || !isLate(begun, all)) continue
      // A list that was emptied a moment ago names nobody, and who has them in memory does not know it yet: decision 0022.
      if (all.time < emptiedAt + 2 * bound) continue
      if (!excuses(older, all.level) && !excuses(undoneUsers, all.level))
        violated('P3', `${at} accepted, begun ${Math.round(begun.time - all.time)} ms after all of its user were ended (${all.level})`)
    }
    if (reduced !== undefined && permissions.includes(RIGHT) && isLate(begun, reduced) && !excuses(older, reduced.level))
      violated('P1', `${at} has a right that was taken away (${reduced.level})`)
    const place = known.tokens.indexOf(token)
    const isOld = known.tokens.length - 1 - place >= 2
    // One of two renewals ago counts as copied from the second one on.
    const replaced = known.replacedAt[isOld ? place + 1 : place]
    if (replaced !== undefined && begun.time > replaced + bound + (isOld ? 0 : grace) && undone === 0)
      violated('P6', `${at} accepted with a token that was replaced ${Math.round(begun.time - replaced)} ms before`)
  }
  /** A request that was under way while the session was renewed twice carries a token that counts as copied; others may hear of the end before its answer does. */
  function forgiveEnd(known: Known, since: number): void {
    const text = `living session ${known.index} refused`
    const kept = violations.filter((each) => !(each.promise === 'P9' && each.text.startsWith(text) && each.time >= since))
    violations.splice(0, violations.length, ...kept)
    known.mayHaveEnded = true
  }
  function reused(known: Known): void {
    known.end ??= { step: world.step(), time: world.now(), level: 'stored' }
    forgiveEnd(known, known.replacedAt.at(-1) ?? 0)
  }
  /**
   * Rights that are given end the grace of a token that was replaced (LIF-7), also of one whose successor is still on its way to the
   * client: who renews and is given rights at the same time may be refused until the new token arrives.
   */
  const isCut = ({ renewing, permitting, givenAt }: Known, token: string, code: string): boolean => {
    const asked = renewing.get(token)
    return code === 'REAUTHENTICATION_REQUIRED' && asked !== undefined && (permitting > 0 || givenAt > asked)
  }
  function refused(known: Known, token: string, begun: Begun, code: string, isLivingNow: boolean, isAstray: boolean): void {
    if (code === 'SESSION_REVOKED')
      known.refusedBy.set(begun.by, Math.min(known.refusedBy.get(begun.by) ?? Number.POSITIVE_INFINITY, world.step()))
    if (code === 'TOKEN_REUSED') known.end ??= { step: world.step(), time: world.now(), level: 'stored' }
    if (code === 'TOKEN_REUSED' && token !== known.tokens.at(-1)) forgiveEnd(known, begun.time)
    const stolen = known.tokens.indexOf(token) < known.tokens.length - 2 && begun.time > (known.replacedAt.at(-1) ?? 0) + bound
    if (code === 'TOKEN_INVALID' && stolen && known.undone === 0 && !isAstray && !begun.isAstray)
      violated('P6', `session ${known.index}: a stolen token of two renewals ago raised no alarm`)
    // A request that was under way for longer than the grace carries a token that counts no more, or its renewal went unanswered.
    if (!isLivingNow || token !== known.tokens.at(-1) || (code === 'SESSION_EXPIRED' && grace < Math.max(bound, apart))) return
    if (isCut(known, token, code)) return
    if (isAstray || begun.isAstray) counts.refusedAstray++
    else violated(code === 'TOKEN_REUSED' ? 'P6' : 'P9', `living session ${known.index} refused on ${begun.by}: ${code}`)
  }

  return {
    sessions,
    violations,
    counts,
    loggingIn(user) {
      const count = (logins.get(user) ?? 0) + 1
      logins.set(user, count)
      return count
    },
    created(rowId, user, token, authTime, kept, limit) {
      const known: Known = {
        index: sessions.length,
        rowId,
        user,
        authTime,
        tokens: [token],
        replacedAt: [],
        successors: new Map(),
        renewing: new Map(),
        mayHaveEnded: ending.has(user),
        end: undefined,
        enders: new Set(),
        reduced: undefined,
        permitted: 0,
        permitting: 0,
        givenAt: Number.NEGATIVE_INFINITY,
        undone: undoneRows.get(rowId) ?? 0,
        older: olderRows.get(rowId) ?? 0,
        refusedBy: new Map(),
      }
      sessions.push(known)
      byRow.set(rowId, known)
      const owner = kept.rows.get(rowId)?.owner
      // One whose end waits for the store counts no more for the process that ended it.
      const usable = [...kept.rows.values()].filter(
        (row) => row.owner === owner && row.id !== owner && byRow.get(row.id)?.enders.size === 0,
      )
      if (owner !== undefined && owner !== null && usable.length > limit && usable.every(({ id }) => !undoneRows.has(id)))
        violated('P7', `${usable.length} sessions of one user where ${limit} are allowed`)
      if (owner === undefined && known.undone === 0) known.undone = 1
      return known
    },
    validated(known, token, begun, result, isAstray) {
      counts.validations++
      const isLivingNow = isLiving(known)
      if (isLivingNow) counts.living++
      if (!result.isValid) return refused(known, token, begun, result.error.code, isLivingNow, isAstray)
      counts.served++
      if (isLivingNow) counts.livingServed++
      accepted(known, token, begun, result.session.permissions)
    },
    unknown(known) {
      counts.validations++
      counts.unknown++
      if (isLiving(known)) counts.living++
    },
    ended(known, level) {
      counts.ends++
      if (level === 'everywhere') counts.everywhere++
      const rank = (each: Level | undefined): number => ['stored', 'durable', 'everywhere'].indexOf(each ?? '')
      if (rank(level) > rank(known.end?.level)) known.end = { step: world.step(), time: world.now(), level }
    },
    endedAll(user, before, level) {
      counts.ends++
      if (level === 'everywhere') counts.everywhere++
      allEnds.push({ user, before, step: world.step(), time: world.now(), level })
    },
    mayEnd(user) {
      ending.add(user)
      for (const known of sessions) if (known.user === user) known.mayHaveEnded = true
    },
    renewed(known, token, next) {
      const before = known.successors.get(token)
      if (before !== undefined && before !== next) violated('P6', `session ${known.index} has two successors of one token`)
      known.successors.set(token, next)
      if (known.tokens.includes(next)) return
      known.tokens.push(next)
      known.replacedAt.push(world.now())
    },
    notRenewed(known, token, code, isAstray) {
      // A tab that asked with the successor as well may have been faster.
      const isNewest = known.tokens.slice(known.tokens.indexOf(token) + 1).every((next) => !known.renewing.has(next))
      if (
        isLiving(known) &&
        isNewest &&
        grace > 10_000 &&
        !isAstray &&
        ['TOKEN_INVALID', 'TOKEN_REUSED', 'SESSION_NOT_FOUND'].includes(code)
      )
        violated('P6', `session ${known.index} was not renewed: ${code}`)
      if (code === 'TOKEN_REUSED') reused(known)
    },
    reused,
    stay(living, limit) {
      for (const user of new Set(sessions.map((known) => known.user))) {
        if (allEnds.some((all) => all.user === user)) continue
        const own = sessions.filter((known) => known.user === user)
        const ended = own.filter(({ enders, end }) => enders.size > 0 || end !== undefined).length
        const left = own.filter((known) => living.has(known)).length
        if (left < Math.min(limit, own.length) - ended)
          violated('P7', `${left} sessions of ${own.length} are left where ${limit} are allowed and ${ended} were ended`)
      }
    },
    swapped(before, after, why) {
      if (why === 'loss') emptiedAt = world.now()
      for (const row of before.rows.values()) {
        const now = after.rows.get(row.id)
        if (now === undefined || now.version < row.version) undo(row.id, row.owner, why === 'loss' ? 2 : 1, now !== undefined)
      }
      // What stood nowhere any more comes back: a backup that is restored over a store which was emptied meanwhile, or a copy that had
      // not heard of that yet, which holds whatever all copies were known to have.
      for (const row of after.rows.values()) if (!before.rows.has(row.id)) undo(row.id, row.owner, why === 'loss' ? 2 : 1, true)
    },
    astray(before, after) {
      for (const row of after.rows.values()) if ((before.rows.get(row.id)?.version ?? 0) < row.version) undo(row.id, row.owner, 1, true)
      for (const row of before.rows.values()) if (!after.rows.has(row.id)) undo(row.id, row.owner, 1, true)
    },
    violated,
  }
}
