import type { Answer } from './rig.js'
import { type AppProcess, shownIn } from './start-app.js'

export const isLong: boolean = process.env['SOJOURN_LONG'] === '1'

interface Rounds {
  /** Sessions that are ended, and requests that present each of them afterwards. */
  readonly ends: number
  readonly requests: number
  readonly saves: number
  /** Keys that each application sets at the same time. */
  readonly parallel: number
  /** Sessions that end while a request is held. */
  readonly late: number
}

/** How much of everything: 1,200 requests after the ends on each store, or 200,000. */
export const ROUNDS: Rounds = isLong
  ? { ends: 500, requests: 400, saves: 2_000, parallel: 16, late: 100 }
  : { ends: 6, requests: 200, saves: 40, parallel: 4, late: 4 }

/** How long a process may take to answer again once it can. */
const BACK = 15_000
/** Requests that each application has under way all the time while it is stormed. */
const WIDTH = 8

/** Whether an answer shows a session in which somebody is logged in. */
export const isKnown = (answer: Answer): boolean => answer.status === 200 && answer.body !== '' && 'user' in shownIn(answer)

/** What was answered; what was cut off is no answer. */
export async function everyAnswer(asked: readonly Promise<Answer>[]): Promise<readonly Answer[]> {
  const settled = await Promise.allSettled(asked)
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

/** Resolves when the session is shown; until then nothing but "not known" is answered. */
export async function untilSeen(app: AppProcess, cookie: string): Promise<void> {
  const until = performance.now() + BACK
  for (;;) {
    const answer = await app.ask('/', cookie)
    if (isKnown(answer)) return
    if (answer.status !== 503 || performance.now() > until)
      throw new Error(`A living session is not shown: ${answer.status} ${answer.body}`)
  }
}

export interface Storm {
  /** Resolves when each application has answered some of it. */
  warm(): Promise<void>
  /** Ends it, and answers what at least so many requests were answered that were sent after this call. */
  after(least: number): Promise<readonly Answer[]>
}

/** Presents one cookie to all of them all the time. */
export function storm(apps: readonly AppProcess[], cookie: string): Storm {
  let least: number | undefined
  let sent = 0
  const late: Answer[] = []
  const answered = apps.map(() => 0)
  let isWarm: () => void = () => undefined
  const warm = new Promise<void>((resolve) => {
    isWarm = resolve
  })
  async function ask(app: AppProcess, at: number): Promise<void> {
    while (least === undefined || sent < least) {
      const isLate = least !== undefined
      if (isLate) sent++
      const answer = await app.ask('/', cookie)
      if (isLate) late.push(answer)
      answered[at] = (answered[at] ?? 0) + 1
      if (answered.every((count) => count >= WIDTH)) isWarm()
    }
  }
  const all = Promise.all(apps.flatMap((app, at) => Array.from({ length: WIDTH }, () => ask(app, at))))
  return {
    warm: () => Promise.race([warm, all.then(() => undefined)]),
    async after(count) {
      least = count
      await all
      return late
    },
  }
}
