import { Session } from 'node:inspector'

const SAMPLE_MICROSECONDS = 100

function placeOf({ functionName, url, lineNumber }) {
  const file = url.replace(/^file:\/\//, '').replace(/^.*\/(node_modules|packages)\//, '$1/')
  return `${functionName === '' ? '(anonymous)' : functionName} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`.trim()
}

/** Samples of the function on top, in microseconds by function. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, placeOf(node.callFrame)]))
  const times = {}
  for (const [at, id] of samples.entries()) times[byId.get(id)] = (times[byId.get(id)] ?? 0) + timeDeltas[at]
  return times
}

/** Profiles this process between `start` and `stop`. */
export function openProfiler() {
  const session = new Session()
  session.connect()
  const post = (method, parameters) =>
    new Promise((resolve, reject) => {
      session.post(method, parameters, (error, result) => (error === null ? resolve(result) : reject(error)))
    })
  return {
    async start() {
      await post('Profiler.enable')
      await post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS })
      await post('Profiler.start')
    },
    stop: async () => selfTimes((await post('Profiler.stop')).profile),
  }
}
