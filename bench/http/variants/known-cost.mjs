const MICROSECONDS = 5
const CALIBRATIONS = 200_000

let sink = 0

function work(turns) {
  let value = sink
  for (let turn = 0; turn < turns; turn++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0
  sink = value
}

/** How many turns of the loop take so long, by the CPU time of this process. */
function turnsOf(microseconds) {
  const cpu = () => {
    const { user, system } = process.cpuUsage()
    return user + system
  }
  for (let warm = 0; warm < 1_000; warm++) work(100)
  const before = cpu()
  for (let done = 0; done < CALIBRATIONS; done++) work(100)
  return Math.round((100 * microseconds * CALIBRATIONS) / (cpu() - before))
}

/** A loop that takes 5 µs and touches nothing: what is measured must be the ratio that this gives. */
export async function open() {
  const turns = turnsOf(MICROSECONDS)
  return {
    node: {
      middleware(_request, _response, next) {
        work(turns)
        next()
      },
      user: () => 'nobody',
    },
    credentials: async (count) => Array.from({ length: count }, () => ['x-nothing', 'nothing']),
    close: async () => undefined,
  }
}
