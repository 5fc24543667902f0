import { type PendingEnd, pendingEndId } from '../outage/pending-end.js'

/** An end, and what stores it. */
export interface Task {
  readonly end: PendingEnd
  readonly run: () => Promise<unknown>
}

/** Ends that wait, oldest first, by the row or owner that they are about. One session is ended once, so it waits once. */
export interface WaitingEnds {
  size(): number
  /** Those about this row or owner. */
  of(key: string): ReadonlyMap<string, Task> | undefined
  /** Those of tenants and of everybody, which may be about any session. */
  ofCircles(): ReadonlyMap<string, Task> | undefined
  all(): readonly Task[]
  /** Whether it would be one more, and take the place of none that says the same. */
  isAnother(end: PendingEnd): boolean
  /** Answers the one whose place it takes. */
  add(task: Task): Task | undefined
  /** False if another one has taken its place. */
  take(task: Task): boolean
}

/** Those of tenants and of everybody stand together: there are few, and they may mean any session. */
const CIRCLES = ''

const keyOf = ({ kind, key, owner }: PendingEnd): string => (kind === 'circle' ? CIRCLES : kind === 'user' ? (owner ?? key) : key)

export function waitingEnds(): WaitingEnds {
  const byKey = new Map<string, Map<string, Task>>()
  let size = 0
  return Object.freeze({
    size: () => size,
    of: (key: string) => byKey.get(key),
    ofCircles: () => byKey.get(CIRCLES),
    all: () => [...byKey.values()].flatMap((tasks) => [...tasks.values()]),
    isAnother: (end: PendingEnd) => end.kind !== 'session' || !byKey.has(keyOf(end)),
    add(task: Task): Task | undefined {
      const key = keyOf(task.end)
      const tasks = byKey.get(key) ?? new Map<string, Task>()
      byKey.set(key, tasks)
      // To end one session twice says no more than once. The instants of "everywhere" differ.
      const id = task.end.kind === 'session' ? '' : pendingEndId(task.end)
      const before = tasks.get(id)
      if (before === undefined) size++
      tasks.set(id, task)
      return before
    },
    take(task: Task): boolean {
      const key = keyOf(task.end)
      const tasks = byKey.get(key) ?? new Map<string, Task>()
      const [id] = [...tasks].find(([, one]) => one === task) ?? []
      if (id === undefined) return false
      tasks.delete(id)
      size--
      if (tasks.size === 0) byKey.delete(key)
      return true
    },
  })
}
