import type { SojournOptions, Suspicion } from '../../../src/http/options.js'
import type { Bench, BenchLimits, MakeBench } from '../../behaviour/bench.js'
import { type Asked, askRaw, type RawAnswer, readSetCookie } from '../raw.js'
import type { Harness } from './harness.js'

/** Headers that a browser adds to a request of the page's own site. */
export const OWN_PAGE: ReadonlyArray<readonly [string, string]> = [['Sec-Fetch-Site', 'same-origin']]

/** An application under test, with the sessions underneath it open to look at. */
export interface World {
  readonly url: string
  readonly bench: Bench
  readonly suspicions: readonly Suspicion[]
  /** How often a route that counts was reached. */
  hits(): number
  ask(asked: Asked): Promise<RawAnswer>
  get(path: string, cookie?: string): Promise<RawAnswer>
  /** A request as a page of the site sends it. */
  post(path: string, cookie?: string): Promise<RawAnswer>
  /** Logs in as a browser does and returns the cookie as it goes into the `Cookie` header. */
  login(query?: string, cookie?: string): Promise<string>
  close(): Promise<void>
}

export interface HttpCheck {
  /** A sentence of the contract, with the ids of what it shows in brackets. */
  readonly name: string
  readonly limits?: BenchLimits
  readonly options?: Omit<SojournOptions, 'sessions'>
  check(world: World): Promise<void>
}

/** The `Cookie` header that follows from the one session cookie that an answer sets; empty where it clears it. */
export function cookieOf(answer: RawAnswer): string {
  const lines = answer.setCookies.map(readSetCookie).filter(({ name }) => name !== 'theme')
  const [cookie] = lines
  if (cookie === undefined || lines.length > 1)
    throw new Error(`Expected one session cookie and found ${lines.length}: ${answer.status} ${answer.body}`)
  return cookie.value === '' ? '' : `${cookie.name}=${cookie.value}`
}

export async function makeWorld(harness: Harness, makeBench: MakeBench, { limits = {}, options = {} }: HttpCheck): Promise<World> {
  const bench = await makeBench(limits)
  const suspicions: Suspicion[] = []
  let hits = 0
  const { deviceBound, dpopNonce } = bench.manager
  const proofs = { ...(deviceBound === undefined ? {} : { deviceBound }), ...(dpopNonce === undefined ? {} : { dpop: dpopNonce }) }
  const all: SojournOptions = {
    ...proofs,
    ...options,
    sessions: bench.sessions,
    clock: bench.clock,
    onSuspicion: (one) => void suspicions.push(one),
  }
  const app = await harness(all, () => {
    hits += 1
  })
  const ask = (asked: Asked): Promise<RawAnswer> => askRaw(app.url, asked)
  const withCookie = (cookie: string | undefined): ReadonlyArray<readonly [string, string]> =>
    cookie === undefined ? [] : [['Cookie', cookie]]
  const post: World['post'] = (path, cookie) => ask({ method: 'POST', path, headers: [...OWN_PAGE, ...withCookie(cookie)] })
  return {
    url: app.url,
    bench,
    suspicions,
    hits: () => hits,
    ask,
    get: (path, cookie) => ask({ path, headers: withCookie(cookie) }),
    post,
    login: async (query = 'user=alice', cookie?) => cookieOf(await post(`/login?${query}`, cookie)),
    async close() {
      await app.close()
      await bench.close()
    },
  }
}
