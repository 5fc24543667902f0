import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundleWorker } from '../store/bundle-worker.js'
import type { AppPlace } from './app-orders.js'
import { everyAnswer, isKnown, isLong, ROUNDS, storm, untilSeen } from './app-traffic.js'
import { type Answer, cookieOf } from './rig.js'
import { type AppProcess, shownIn, startApp } from './start-app.js'

/** A way in which a store is away for a while, with all that is in it afterwards. */
export interface Outage {
  readonly name: string
  down(): Promise<void> | void
  up(): Promise<void> | void
}

/** What three applications stand on. */
export interface Ground {
  readonly place: AppPlace
  /** Another way to it, on which the last application is made to hear nothing, and is not told so; what it asks is answered. */
  readonly muffled?: { readonly place: AppPlace; muffle(): void; open(): void }
  readonly outages: readonly Outage[]
  /** Another server takes the place of the one that takes writes; resolves when all are at work again. */
  failOver?(): Promise<void>
  /** The copies stand still, and go on. */
  readonly copies?: { stop(): Promise<void>; goOn(): Promise<void> }
  stop(): Promise<void>
}

/** What can be done to the ground, which is not there yet when the tests are named. */
export interface AppsSuite {
  /** The first one always, the others in the long run. */
  readonly outages?: readonly string[]
  readonly can?: readonly ('failOver' | 'stopCopies' | 'muffle')[]
  /** Whether applications wait for each other: they do where they keep sessions in memory and hear of changes. */
  readonly waits?: boolean
}

const APPS = 3
const LEASE = 2_000
/** How long a save may take that waits for a lease: the store, and a machine that is busy with other tests. */
const LEASE_AND_WORK = LEASE + 2_500
/** A node that is asked all the time has as much of its lease left at least, also where its beats are late on a busy machine. */
const LEASE_LEFT = 500
/** Requests while a logout waits for the copies: more time than it takes otherwise, and less than the store waits for them. */
const ASKED_MEANWHILE = 40
/** Time-outs of requests that ask a store that does not answer. */
const SILENCE = 8_000

const everybodyOf = <Value>(apps: readonly AppProcess[], ask: (app: AppProcess) => Promise<Value>): Promise<readonly Value[]> =>
  Promise.all(apps.map(ask))

/** Three processes, each with an Express application that uses the drop-in as it stands in the migration page. */
export function describeApps(name: string, open: () => Promise<Ground>, { outages = [], can = [], waits = true }: AppsSuite = {}): void {
  describe(`three applications on ${name}`, () => {
    let bundle: Bundle
    let ground: Ground
    let apps: readonly AppProcess[] = []
    let users = 0
    /** The last one ends what it does not find on the request: nothing may be lost by that, either. */
    const start = (at: number): Promise<AppProcess> => {
      const isLast = at === APPS - 1
      const place = isLast ? (ground.muffled?.place ?? ground.place) : ground.place
      return startApp(bundle.file, { ...place, unset: isLast ? 'destroy' : 'keep' })
    }

    beforeAll(async () => {
      ;[bundle, ground] = await Promise.all([bundleWorker('../express-session/app-process.ts'), open()])
      apps = await Promise.all(Array.from({ length: APPS }, (_, at) => start(at)))
      // The first change that others may have heard of waits until the register of a new installation is a lease old.
      await logOut(0, await logIn())
    }, 120_000)
    afterAll(async () => {
      await Promise.all(apps.map((app) => app.kill()))
      bundle?.remove()
      await ground?.stop()
    })
    const appAt = (at: number): AppProcess => {
      const app = apps[at % APPS]
      if (app === undefined) throw new Error('there is no such application')
      return app
    }
    const done = (answer: Answer): Answer => {
      expect(answer.status, answer.body).toBe(200)
      return answer
    }
    /** A session that each of them has answered for, from memory where it has one. */
    async function logIn(by = 0): Promise<string> {
      const user = `user-${++users}`
      const cookie = cookieOf(done(await appAt(by).ask(`/login/${user}`)))
      for (const app of apps) expect([await app.look(cookie), await app.look(cookie)]).toEqual([{ user }, { user }])
      return cookie
    }
    const logOut = async (by: number, cookie: string): Promise<Answer> => done(await appAt(by).ask('/logout', cookie))
    const set = async (by: number, cookie: string, pair: string): Promise<Answer> => done(await appAt(by).ask(`/set/${pair}`, cookie))
    const seenBy = (cookie: string) => everybodyOf(apps, (app) => app.look(cookie))
    const allEmpty = Array.from({ length: APPS }, () => ({}))

    it('show nothing of a session that one of them has ended to any request that is sent afterwards [TRM-1 ATK-024]', async () => {
      let judged = 0
      for (let round = 0; round < ROUNDS.ends; round++) {
        const cookie = await logIn(round)
        const traffic = storm(apps, cookie)
        await traffic.warm()
        await logOut(round, cookie)
        const late = await traffic.after(ROUNDS.requests)
        expect(late.filter(isKnown), `round ${round}`).toEqual([])
        judged += late.length
      }
      expect(judged).toBeGreaterThanOrEqual(ROUNDS.ends * ROUNDS.requests)
    }, 300_000)

    it('show a key that one of them has saved to the very next request, whichever of them it goes to', async () => {
      const cookie = await logIn()
      for (let round = 0; round < ROUNDS.saves; round++) {
        await set(round, cookie, `n/${round}`)
        expect(await seenBy(cookie), `round ${round}`).toEqual(apps.map(() => expect.objectContaining({ n: String(round) })))
      }
    }, 120_000)

    it('keep every key that requests set at the same time on all of them, and the removal of one', async () => {
      const cookie = await logIn()
      await set(0, cookie, 'old/1')
      const keys = Array.from({ length: ROUNDS.parallel }, (_, at) => `key${at}`)
      // Each of these requests has loaded the same session before the first one saves.
      const held = await Promise.all([
        ...apps.map((app, at) =>
          app.hold(
            keys.map((key, n) => `/${n % 2 === 0 ? 'set' : 'save'}/${at}${key}/${at}`),
            cookie,
          ),
        ),
      ])
      const dropped = await appAt(1).hold(['/drop/old'], cookie)
      for (const app of apps) app.release()
      for (const answer of await Promise.all([...held.flat(), ...dropped])) done(answer)
      const wanted = Object.fromEntries(apps.flatMap((_, at) => keys.map((key) => [`${at}${key}`, String(at)])))
      expect(await seenBy(cookie)).toEqual(apps.map(() => ({ user: `user-${users}`, ...wanted })))
    }, 60_000)

    it.each(['set', 'save'])(
      'keep a session ended though a request that began before ends later on another one (%s) [TRM-3]',
      async (verb) => {
        for (let round = 0; round < ROUNDS.late; round++) {
          const cookie = await logIn(round)
          const late = await appAt(round + 1).hold([`/${verb}/seen/1`, '/look', `/${verb}/more/1`], cookie)
          await (round % 2 === 0 ? logOut(round, cookie) : appAt(round).ask('/login/somebody', cookie))
          appAt(round + 1).release()
          for (const answer of await Promise.all(late)) done(answer)
          expect(await seenBy(cookie)).toEqual(allEmpty)
        }
      },
    )

    it('end and save while one of them stands still, after a lease at most, and that one shows nothing old when it goes on [TRM-1]', async () => {
      const [ending, changing] = [await logIn(), await logIn()]
      await set(0, changing, 'n/old')
      expect(await seenBy(changing)).toEqual(apps.map(() => expect.objectContaining({ n: 'old' })))
      const stopped = appAt(2)
      let queued: readonly Promise<Answer>[] = []
      stopped.pause()
      try {
        const begun = performance.now()
        const both = [logOut(0, ending), set(1, changing, 'n/new')]
        await Promise.any(both)
        // It could answer from memory until then.
        if (waits) expect(performance.now() - begun).toBeGreaterThan(LEASE_LEFT)
        await Promise.all(both)
        expect(performance.now() - begun).toBeLessThan(LEASE_AND_WORK)
        // They lie in the sockets of a process that does not run, and are the first that it sees.
        queued = Array.from({ length: 50 }, (_, at) => stopped.ask('/', at % 2 === 0 ? ending : changing))
      } finally {
        stopped.resume()
      }
      // Told apart by what they show: what was cut off is no answer, and leaves a gap.
      const shown = (await everyAnswer(queued)).filter(isKnown).map(shownIn)
      expect(shown.filter((one) => !('n' in one) || one['n'] !== 'new')).toEqual([])
      await untilSeen(stopped, changing)
      expect(await seenBy(changing)).toEqual(apps.map(() => expect.objectContaining({ n: 'new' })))
      expect(await seenBy(ending)).toEqual(allEmpty)
    }, 30_000)

    const whenEndedTwice = async (): Promise<void> => {
      const cookie = await logIn()
      const stopped = appAt(2)
      // It has the session, and comes second.
      const both = [...(await appAt(1).hold(['/logout'], cookie))]
      const begun = performance.now()
      stopped.pause()
      both.push(logOut(0, cookie))
      try {
        while (isKnown(await appAt(1).ask('/', cookie)));
        appAt(1).release()
        // The one that stands still could answer from memory when it goes on.
        await Promise.any(both)
        expect(performance.now() - begun).toBeGreaterThan(LEASE_LEFT)
      } finally {
        stopped.resume()
      }
      await Promise.all(both)
      await untilSeen(stopped, await logIn())
      expect(await seenBy(cookie)).toEqual(allEmpty)
    }
    if (waits) it('answer the second logout of a session no sooner than the first one can be answered [TRM-1]', whenEndedTwice)

    it('end and save after a lease at most when one of them was killed, and the next one after it knows both', async () => {
      const [ending, changing] = [await logIn(), await logIn()]
      await appAt(2).kill()
      const begun = performance.now()
      await Promise.all([logOut(0, ending), set(1, changing, 'n/new')])
      expect(performance.now() - begun).toBeLessThan(LEASE_AND_WORK)
      apps = [appAt(0), appAt(1), await start(2)]
      expect(await seenBy(changing)).toEqual(apps.map(() => expect.objectContaining({ n: 'new' })))
      expect(await seenBy(ending)).toEqual(allEmpty)
    }, 30_000)

    const whenDeaf = async (): Promise<void> => {
      const [ending, changing] = [await logIn(), await logIn()]
      ground.muffled?.muffle()
      try {
        await Promise.all([logOut(0, ending), set(1, changing, 'n/new')])
        for (let at = 0; at < 2; at++) {
          const [gone, changed] = await Promise.all([appAt(2).ask('/', ending), appAt(2).ask('/', changing)])
          expect([gone.status, changed.status], 'nobody can vouch for anything there').toEqual([503, 503])
        }
      } finally {
        ground.muffled?.open()
      }
      await untilSeen(appAt(2), changing)
      expect(await seenBy(changing)).toEqual(apps.map(() => expect.objectContaining({ n: 'new' })))
      expect(await seenBy(ending)).toEqual(allEmpty)
    }
    if (can.includes('muffle')) it('show nothing ended and nothing old on one of them that hears nothing any more [TRM-1 TRM-3]', whenDeaf)

    const whenReplaced = async (): Promise<void> => {
      const [living, ended] = [await logIn(), await logIn()]
      await logOut(0, ended)
      await ground.failOver?.()
      await everybodyOf(apps, (app) => untilSeen(app, living))
      expect(await seenBy(ended)).toEqual(allEmpty)
      const after = await logIn()
      await logOut(1, after)
      expect(await seenBy(after)).toEqual(allEmpty)
    }
    // A fail-over takes its time, and what this is about is shown by the copies that stand still.
    if (isLong && can.includes('failOver'))
      it('keep a session ended when another server takes over, and show the living ones again soon', { timeout: 60_000 }, whenReplaced)

    const whenCopiesStop = async (): Promise<void> => {
      const cookie = await logIn()
      let isAnswered = false
      await ground.copies?.stop()
      const end = logOut(0, cookie).finally(() => {
        isAnswered = true
      })
      try {
        // It has reached the primary, and is heard of.
        while (isKnown(await appAt(1).ask('/', cookie))) expect(isAnswered).toBe(false)
        for (let at = 0; at < ASKED_MEANWHILE; at++) {
          expect(isKnown(await appAt(1).ask('/', cookie))).toBe(false)
          expect(isAnswered).toBe(false)
        }
      } finally {
        await ground.copies?.goOn()
      }
      await end
    }
    if (can.includes('stopCopies')) it('answer a logout when the copies have it that were asked for', whenCopiesStop)

    /** Asks one of them until it says that it cannot know; what its memory may vouch for is shown until then. Answers what was refused. */
    async function untilUnknown(app: AppProcess, living: string, ended: string): Promise<readonly Answer[]> {
      const until = performance.now() + LEASE_AND_WORK + SILENCE
      const refused: Answer[] = []
      let isSure = false
      while (!isSure) {
        expect(performance.now(), 'somebody who cannot know goes on answering').toBeLessThan(until)
        const [shown, gone, saved] = [await app.ask('/', living), await app.ask('/', ended), await app.ask('/save/n/away', living)]
        refused.push(...[shown, gone, saved].filter(({ status }) => status !== 200))
        isSure = shown.status === 503
        expect([shown.status === 503 || isKnown(shown), isKnown(gone)]).toEqual([true, false])
      }
      return refused
    }
    // Each of them waits for a few leases.
    it.each(isLong ? outages : outages.slice(0, 1))(
      'answer 503 with Retry-After while the store is away (%s), take no cookie away, and lose no session [AVL-1]',
      async (which) => {
        const away = ground.outages.find((one) => one.name === which)
        if (away === undefined) throw new Error(`${which} is not possible here`)
        const [ended, leaving, living] = [await logIn(), await logIn(), await logIn()]
        const alive = apps.map(() => expect.objectContaining({ user: `user-${users}` }))
        await logOut(0, ended)
        await away.down()
        try {
          const refused = (await everybodyOf(apps, (app) => untilUnknown(app, living, ended))).flat()
          refused.push(await appAt(0).ask('/logout', leaving))
          // A session that could not be saved keeps its cookie; nobody is given another one, or an empty one.
          const strange = (lines: readonly string[]): readonly string[] => lines.filter((line) => !line.startsWith(`${living};`))
          for (const { status, headers, setCookies } of refused)
            expect([status, headers['retry-after'], strange(setCookies)]).toEqual([503, '1', []])
        } finally {
          await away.up()
        }
        await everybodyOf(apps, (app) => untilSeen(app, living))
        expect(await seenBy(living)).toEqual(alive)
        expect(await seenBy(ended)).toEqual(allEmpty)
        await logOut(1, leaving)
        expect(await seenBy(leaving)).toEqual(allEmpty)
      },
      60_000,
    )
  })
}
