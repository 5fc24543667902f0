import { type Finding, fail, ok, warn } from './check.js'

/** What a network protocol for time reaches with ease; more is worth a look. */
const WORTH_A_WARNING = 2_000
/** With more than this a service is not ready: it would end sessions too early or too late. */
const MOST = 30_000

/** Sessions end by the clock of this host; that of the store only shows which of both is wrong. */
export function checkStoreClock(now: number, storeNow: number): Finding {
  const name = 'store clock'
  const distance = Math.abs(now - storeNow)
  if (distance <= WORTH_A_WARNING) return ok(name, 'agrees with the clock of this host')
  const seconds = Math.round(distance / 1_000).toLocaleString('en')
  const found = `differs from the clock of this host by ${seconds} s`
  const advice = 'Let both systems keep their clocks (timedatectl set-ntp true).'
  return distance <= MOST ? warn(name, found, advice) : fail(name, found, `${advice} A service that is this far off is not ready.`)
}
