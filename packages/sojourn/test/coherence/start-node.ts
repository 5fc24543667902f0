import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Place, Task, Verdicts } from './orders.js'

/** A process with a session manager. */
export interface NodeProcess {
  create(user: string): Promise<string>
  validate(token: string, times?: number): Promise<Verdicts>
  hammer(token: string): Promise<void>
  hush(): Promise<void>
  /** The level that the end has reached. */
  terminate(token: string): Promise<string>
  mode(): Promise<string>
  jump(by: number): Promise<void>
  /** Stops it where it is (SIGSTOP), and lets it go on. What it is told meanwhile it does afterwards. */
  pause(): void
  resume(): void
  /** kill -9; does nothing if it has ended. */
  kill(): Promise<void>
}

/** Rejects what a node cannot do, with the code of the fault. `says`: what becomes of its complaints. */
export async function startNode(script: string, place: Place, says: 'inherit' | 'ignore' = 'inherit'): Promise<NodeProcess> {
  const child: ChildProcess = fork(script, [JSON.stringify(place)], { execArgv: [], stdio: ['ignore', 'inherit', says, 'ipc'] })
  const waiting = new Map<number, (answer: Answer) => void>()
  let orders = 0
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const ready = new Promise<void>((resolve, reject) => {
    waiting.set(0, () => resolve())
    child.once('exit', () => reject(new Error('the node has not started')))
  })
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  const tell = (task: Task): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++orders
      waiting.set(id, ({ value, fault }) => (fault === undefined ? resolve(value) : reject(new Error(fault))))
      child.send({ id, ...task })
    })
  const ended = once(child, 'exit')
  await ready
  return {
    create: async (user) => String(await tell({ do: 'create', user })),
    validate: async (token, times = 1) => (await tell({ do: 'validate', token, times })) as Verdicts,
    hammer: async (token) => void (await tell({ do: 'hammer', token })),
    hush: async () => void (await tell({ do: 'hush' })),
    terminate: async (token) => String(await tell({ do: 'terminate', token })),
    jump: async (by) => void (await tell({ do: 'jump', by })),
    mode: async () => String(await tell({ do: 'mode' })),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      if (isRunning()) child.kill('SIGKILL')
      await ended
    },
  }
}
