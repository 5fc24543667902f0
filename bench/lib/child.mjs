import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const STOP_MS = 5_000

/** Starts a process that answers `tell(verb, rest)`, and waits until it has said that it is ready. */
export async function startChild(file, { args = [], execArgv = [], env = {} } = {}) {
  const child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), args.map(String), {
    execArgv,
    env: { ...process.env, ...env },
  })
  const waiting = new Map()
  let last = 0
  const fail = (error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }))
  child.on('message', ({ id, answer, fault }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (fault === undefined) resolve(answer)
    else reject(new Error(`${file}: ${fault}`))
  })
  const gone = new Promise((resolve) => child.on('exit', resolve))
  void gone.then((code) => fail(new Error(`${file} ${args.join(' ')} ended with exit code ${code}`)))
  const tell = (verb, rest = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject })
      child.send({ id: last, verb, ...rest })
    })
  const told = await ready
  return {
    told,
    tell,
    pid: child.pid,
    async stop() {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await gone
      clearTimeout(timer)
    },
  }
}
