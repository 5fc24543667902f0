import { checkConfig } from '../../config/load.js'
import type { Finding } from '../checks/check.js'
import { checkClock } from '../checks/clock-sanity.js'
import { checkProblems } from '../checks/config.js'
import { checkCookie } from '../checks/cookie-safety.js'
import { checkDataFolder } from '../checks/data-folder.js'
import { checkKeys } from '../checks/key-strength.js'
import { checkNodeVersion } from '../checks/node-version.js'
import { checkPort } from '../checks/port.js'
import { checkStore } from '../checks/store.js'
import { CommandError, EXIT } from '../exit.js'
import type { GlobalOptions, Io } from '../io.js'
import { keysOf } from '../keys.js'
import { type Paint, paint } from '../paint.js'
import { plural } from '../plural.js'
import { addressOf, probe } from '../service-probe.js'
import { sourcesOf } from '../sources.js'
import { jsonLine } from '../text.js'

const COLOURS = Object.freeze({ ok: 'green', warn: 'yellow', fail: 'red' } as const)

/** `sojourn doctor`: looks at this host and says, line by line, what is well and what to do about the rest. Changes nothing. */
export async function doctor(io: Io, options: GlobalOptions): Promise<void> {
  const findings = await examine(io, options)
  const style = paint(io)
  for (const finding of findings)
    await io.out(options.json === true ? jsonLine({ check: finding.name, ...finding, name: undefined }) : lineOf(finding, style))
  const failed = findings.filter(({ state }) => state === 'fail').length
  if (failed > 0) throw new CommandError(EXIT.failed, `${plural(failed, 'check')} failed.`)
}

async function examine(io: Io, options: GlobalOptions): Promise<Finding[]> {
  const { settings, problems } = await checkConfig(sourcesOf(io, options))
  // Settings with a mistake in them say nothing about what else is there.
  if (problems.length > 0) return [checkNodeVersion(process.version), ...checkProblems(problems)]
  const { dataDir, host, port } = settings
  const { serviceKey, adminKey } = await keysOf(settings)
  const service = port === 0 ? { isAlive: false } : await probe(io, addressOf(settings))
  return [
    checkNodeVersion(process.version),
    ...checkProblems([]),
    ...(await checkDataFolder(dataDir, process.platform !== 'win32')),
    ...checkKeys(serviceKey, adminKey),
    ...(await checkStore(io, settings)),
    await checkClock(io.clock.now(), dataDir, service.now),
    await checkPort(host, port, service),
    checkCookie(settings),
  ]
}

function lineOf({ name, state, found, advice }: Finding, style: Paint): string {
  const line = `${style(COLOURS[state], state.padEnd(4))}  ${style('bold', name.padEnd(13))}  ${found}\n`
  return advice === undefined ? line : `${line}${' '.repeat(6)}${style('dim', advice)}\n`
}
