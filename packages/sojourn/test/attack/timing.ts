import { hrtime } from 'node:process'
import { type SeededRandom, seededRandom } from 'sojourn/testing'

/** Two sets of inputs that a stranger must not be able to tell apart by a clock. */
export interface TimedPair {
  readonly name: string
  readonly left: readonly string[]
  readonly right: readonly string[]
}

export interface TimingResult {
  readonly name: string
  readonly tries: number
  /** Welch's t of the two classes, of the measurements up to the named quantile of all. */
  readonly t: { readonly median: number; readonly ninety: number; readonly all: number }
  readonly medians: { readonly left: number; readonly right: number }
}

/** Above this the two means differ by more than chance explains (as in dudect, and in TVLA before it). */
export const MOST_T = 4.5

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function varianceOf(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}

/** Welch's t of two samples; 0 where one of them is too small to say anything. */
export function welch(left: readonly number[], right: readonly number[]): number {
  if (left.length < 2 || right.length < 2) return 0
  const [meanLeft, meanRight] = [meanOf(left), meanOf(right)]
  const spread = varianceOf(left, meanLeft) / left.length + varianceOf(right, meanRight) / right.length
  return spread === 0 ? 0 : (meanLeft - meanRight) / Math.sqrt(spread)
}

/** The same bound for both classes, from all measurements together: what is above it is the machine, not the code. */
export function cropped(left: readonly number[], right: readonly number[], quantile: number): number {
  const all = [...left, ...right].sort((a, b) => a - b)
  const most = all[Math.min(all.length - 1, Math.floor(all.length * quantile))] ?? 0
  const below = (values: readonly number[]): number[] => values.filter((value) => value <= most)
  return welch(below(left), below(right))
}

const middleOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0

/** A text that lies in one piece: joined texts are put together at their first use, which would be measured. */
export const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

/** Measures `work` on inputs of both classes in random order, after as many unmeasured runs as the compiler needs. */
export async function timePair(
  { name, left, right }: TimedPair,
  work: (input: string) => Promise<unknown>,
  tries: number,
  random: SeededRandom = seededRandom(1),
): Promise<TimingResult> {
  const times: [number[], number[]] = [[], []]
  const inputs = [left, right] as const
  for (let i = 0; i < tries + Math.min(tries, 20_000); i++) {
    const side = random.below(2) as 0 | 1
    const input = random.pick(inputs[side])
    const before = hrtime.bigint()
    await work(input)
    const nanoseconds = Number(hrtime.bigint() - before)
    if (i >= Math.min(tries, 20_000)) times[side].push(nanoseconds)
  }
  return {
    name,
    tries,
    t: { median: cropped(...times, 0.5), ninety: cropped(...times, 0.9), all: welch(...times) },
    medians: { left: middleOf(times[0]), right: middleOf(times[1]) },
  }
}
