import type { NodeProcess } from '../coherence/start-node.js'

/** What a client knows of one session. */
interface Known {
  readonly token: string
  readonly index: number
  /** Somebody has asked for its end. */
  isEnding: boolean
  end: { readonly at: number; readonly level: string } | undefined
}

/** What was asked of the nodes and what they said, and what of it breaks the promise. */
export interface History {
  readonly sessions: readonly Known[]
  readonly violations: string[]
  readonly counts: { validations: number; ok: number; unknown: number; refused: number; ends: number; everywhere: number; faults: number }
  create(node: NodeProcess, user: string): Promise<void>
  validate(node: NodeProcess, name: string, known: Known): Promise<void>
  terminate(node: NodeProcess, known: Known): Promise<void>
}

/** How long a node may go on accepting what was ended at a lower level than `everywhere`: a lease, and what a busy machine adds. */
const BOUND = 2_000 + 500

const now = (): number => performance.now()

/**
 * Everything is timed in this one process: a validation begins no earlier than when it is sent, and an end is acknowledged no
 * later than when its answer is here. So an `OK` of a validation that was sent after the answer is one too many.
 */
export function openHistory(): History {
  const sessions: Known[] = []
  const violations: string[] = []
  const counts = { validations: 0, ok: 0, unknown: 0, refused: 0, ends: 0, everywhere: 0, faults: 0 }
  return {
    sessions,
    violations,
    counts,
    async create(node, user) {
      const token = await node.create(user)
      sessions.push({ token, index: sessions.length, isEnding: false, end: undefined })
    },
    async validate(node, name, known) {
      const begun = now()
      const { end } = known
      const [code = ''] = Object.keys(await node.validate(known.token))
      counts.validations++
      if (code === 'STORE_UNAVAILABLE') counts.unknown++
      else if (code !== 'OK') counts.refused++
      if (code !== 'OK') return
      counts.ok++
      const late = end === undefined ? 0 : begun - end.at
      const isTooLate = end?.level === 'everywhere' || (end?.level === 'durable' && late > BOUND)
      if (isTooLate) violations.push(`${name} accepted session ${known.index} ${Math.round(late)} ms after its end was ${end?.level}`)
    },
    async terminate(node, known) {
      known.isEnding = true
      const level = await node.terminate(known.token)
      counts.ends++
      if (level === 'everywhere') counts.everywhere++
      if (known.end?.level !== 'everywhere') known.end = { at: now(), level }
    },
  }
}
