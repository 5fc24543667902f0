import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, fail, ok, warn } from './check.js'

/** No clock that is right is before this version was written. */
const WRITTEN = Date.UTC(2026, 10, 1)

/** What a network protocol for time reaches with ease, and no session notices. */
const TOLERATED = 30_000

/** Sessions end by the clock: one that runs ahead logs people out, one that lags keeps them in. */
export async function checkClock(now: number, dataFolder: string, serviceNow: number | undefined): Promise<Finding> {
  const name = 'clock'
  const advice = 'Let the system keep its clock (timedatectl set-ntp true), then start the service again.'
  const text = new Date(now).toISOString()
  if (now < WRITTEN) return fail(name, `${text} is in the past`, advice)
  const newest = await newestChange(dataFolder)
  if (newest !== undefined && newest - now > TOLERATED) {
    return fail(name, `${text} is ${seconds(newest - now)} s before the last change in the data folder: the clock was put back`, advice)
  }
  if (serviceNow !== undefined && Math.abs(serviceNow - now) > TOLERATED) {
    return warn(name, `${text} differs from that of the service by ${seconds(Math.abs(serviceNow - now))} s`, advice)
  }
  return ok(name, text)
}

function seconds(millis: number): string {
  return Math.round(millis / 1_000).toLocaleString('en')
}

async function newestChange(folder: string): Promise<number | undefined> {
  try {
    const names = await readdir(folder)
    const changes = await Promise.all(names.map(async (file) => (await stat(join(folder, file))).mtimeMs))
    return changes.length === 0 ? undefined : Math.max(...changes)
  } catch {
    // A folder that is missing or cannot be read is what another check is about.
    return undefined
  }
}
