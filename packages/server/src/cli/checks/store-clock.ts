import { type Finding, ok, warn } from './check.js'

/** What a network protocol for time reaches with ease, and no session notices. */
const TOLERATED = 30_000

/** Sessions end by the clock of this host; that of the store only shows which of both is wrong. */
export function checkStoreClock(now: number, storeNow: number): Finding {
  const name = 'store clock'
  const distance = Math.abs(now - storeNow)
  if (distance <= TOLERATED) return ok(name, 'agrees with the clock of this host')
  const seconds = Math.round(distance / 1_000).toLocaleString('en')
  return warn(name, `differs from the clock of this host by ${seconds} s`, 'Let both systems keep their clocks (timedatectl set-ntp true).')
}
