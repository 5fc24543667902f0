import { isScannable, type Row, type ScannableStore, type ScanRange, type Store } from '../../src/store/store.js'

export type Verb = 'insert' | 'get' | 'replace' | 'remove' | 'list' | 'scan'

export const VERBS: readonly Verb[] = ['insert', 'get', 'replace', 'remove', 'list', 'scan']

export interface Fault {
  /** @default all verbs */
  readonly verbs?: readonly Verb[]
  /** How many calls fail. @default until `mend` */
  readonly times?: number
  /** True: the call is carried out and only its answer is lost. @default false */
  readonly answerLost?: boolean
}

/** A real store that counts the calls, and fails those that it was told to. */
export interface ProbedStore extends ScannableStore {
  /** Calls since the beginning, failed ones included. */
  calls(verb?: Verb): number
  /** Calls that wait for the real store. */
  inFlight(): number
  fail(fault?: Fault): void
  mend(): void
  /** Called before each verb is carried out and again before its answer is given. */
  holdBack(gate: (() => Promise<void>) | undefined): void
  /** Every row there is; not counted, and not failed. */
  rows(): Promise<readonly Row[]>
}

/** Thrown by a check, or by what it calls, that makes no sense for a store of this type; the message is the reason. */
export class CannotBeTried extends Error {}

export const CANNOT_BE_WALKED = 'this store cannot be walked over'

export function probedStore(inner: Store): ProbedStore {
  const counts = new Map<Verb, number>()
  let fault: { verbs: readonly Verb[]; left: number; answerLost: boolean } | undefined
  let gate: (() => Promise<void>) | undefined
  let waiting = 0

  const strikes = (verb: Verb): 'before' | 'after' | undefined => {
    if (fault === undefined || fault.left <= 0 || !fault.verbs.includes(verb)) return undefined
    fault.left -= 1
    return fault.answerLost ? 'after' : 'before'
  }

  async function call<T>(verb: Verb, work: () => Promise<T>): Promise<T> {
    counts.set(verb, (counts.get(verb) ?? 0) + 1)
    const strike = strikes(verb)
    if (strike === 'before') throw new Error('planted fault: connection refused')
    await gate?.()
    waiting += 1
    const answer = await work().finally(() => {
      waiting -= 1
    })
    await gate?.()
    if (strike === 'after') throw new Error('planted fault: connection reset')
    return answer
  }

  return {
    // What the store says about itself is said of this one too.
    ...inner,
    insert: (row) => call('insert', () => inner.insert(row)),
    get: (id) => call('get', () => inner.get(id)),
    replace: (row, message) => call('replace', () => inner.replace(row, message)),
    remove: (id, version, message) => call('remove', () => inner.remove(id, version, message)),
    list: (owner) => call('list', () => inner.list(owner)),
    ...(isScannable(inner) ? { scan: (range: ScanRange) => call('scan', () => inner.scan(range)) } : {}),
    close: () => inner.close(),
    calls: (verb) => (verb === undefined ? [...counts.values()].reduce((sum, count) => sum + count, 0) : (counts.get(verb) ?? 0)),
    inFlight: () => waiting,
    fail({ verbs = VERBS, times = Number.POSITIVE_INFINITY, answerLost = false }: Fault = {}): void {
      fault = { verbs, left: times, answerLost }
    },
    mend(): void {
      fault = undefined
    },
    holdBack(next): void {
      gate = next
    },
    async rows(): Promise<readonly Row[]> {
      if (!isScannable(inner)) throw new CannotBeTried(CANNOT_BE_WALKED)
      const found: Row[] = []
      let after: string | undefined
      do {
        const range = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1000 }
        const page = await inner.scan(after === undefined ? range : { ...range, after })
        found.push(...page.rows)
        after = page.next
      } while (after !== undefined)
      return found
    },
    // Without `scan` it says by its type what it cannot do, like the store that it stands before.
  } as ProbedStore
}
