import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import type { AppSettings, Release, Said, Shown } from './app-orders.js'
import { type Answer, ask } from './rig.js'

/** A process that serves an application. */
export interface AppProcess {
  /** Rejects only where nobody answers at all. */
  ask(path: string, cookie?: string): Promise<Answer>
  /** What the session of this cookie holds, without the cookie. Rejects where the page was not shown. */
  look(cookie: string): Promise<Shown>
  /** Sends requests that wait in the middle, and resolves when all of them have loaded their session. */
  hold(paths: readonly string[], cookie: string): Promise<readonly Promise<Answer>[]>
  /** Lets all that wait go on. */
  release(): void
  /** Stops it where it is (SIGSTOP), and lets it go on. What it is asked meanwhile it answers afterwards. */
  pause(): void
  resume(): void
  /** kill -9; does nothing if it has ended. */
  kill(): Promise<void>
}

/** Requests to one application that may be under way at once; the others wait for their turn before they are sent. */
const MOST_SOCKETS = 32

/** What a page shows of a session. */
export function shownIn({ body }: Answer): Shown {
  const { cookie: _cookie, ...data } = JSON.parse(body) as Record<string, unknown>
  return data
}

export async function startApp(script: string, settings: AppSettings): Promise<AppProcess> {
  const child: ChildProcess = fork(script, [JSON.stringify(settings)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Express prints the errors that it answers, but not in a test.
    env: { ...process.env, NODE_ENV: 'test' },
  })
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS })
  const ended = once(child, 'exit')
  let held = 0
  let awaited = 0
  let arrived: () => void = () => undefined
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the application has not started')))
    child.on('message', (what: Said) => {
      if (what.said === 'serving') resolve(what.port)
      else {
        held = what.held
        if (held >= awaited) arrived()
      }
    })
  })
  const url = `http://127.0.0.1:${port}`
  const visit = (path: string, cookie?: string): Promise<Answer> => ask(url, { path, cookie, agent })
  return {
    ask: visit,
    async look(cookie) {
      const answer = await visit('/', cookie)
      if (answer.status !== 200) throw new Error(`The page was not shown: ${answer.status}.`)
      return shownIn(answer)
    },
    async hold(paths, cookie) {
      awaited = held + paths.length
      const all = new Promise<void>((resolve) => {
        arrived = resolve
      })
      const answers = paths.map((path) => visit(`/held${path}`, cookie))
      // One that comes back before it has waited was not held.
      await Promise.race([all, Promise.any(answers).then(({ status }) => Promise.reject(new Error(`not held: ${status}`)))])
      return answers
    },
    release: () => void child.send({ do: 'release' } satisfies Release),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
      agent.destroy()
    },
  }
}
