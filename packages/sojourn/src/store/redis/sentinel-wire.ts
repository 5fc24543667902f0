import { SessionError } from '../../errors.js'
import { type Address, nameOf } from './address.js'
import { openEar } from './ear.js'
import { type Line, type LineMaker, openLine } from './line.js'
import { textOf } from './reply.js'
import { wireOf } from './single-wire.js'
import type { Wire } from './wire.js'

/** How the servers behind sentinels are found and signed in to. */
export interface SentinelAddresses {
  /** What the sentinels call the primary. */
  readonly name: string
  readonly sentinels: readonly Address[]
  /** How one signs in to the servers themselves. */
  readonly server: Pick<Address, 'tls' | 'username' | 'password' | 'database'>
}

/** The way to whichever server the sentinels call the primary; asked anew each time the connection is lost. */
export function sentinelWire(maker: LineMaker, { name, sentinels, server }: SentinelAddresses): Promise<Wire> {
  let turn = 0

  /** Asks the sentinels one after the other, and goes to the primary that the first of them names which can be reached. */
  const find = async <Found>(go: (address: Address) => Promise<Found>): Promise<Found> => {
    let fault: unknown
    for (let asked = 0; asked < sentinels.length; asked++) {
      const sentinel = sentinels[(turn + asked) % sentinels.length]
      if (sentinel === undefined) continue
      try {
        const found = await go({ ...server, ...(await askSentinel(maker, sentinel, name)) })
        turn += asked
        return found
      } catch (cause) {
        fault = cause
      }
    }
    // Next time another one is asked first: this one may know of an earlier primary only.
    turn++
    throw fault
  }
  const open = (onEnd: () => void): Promise<Line> => find((address) => openPrimary(maker, address, onEnd))
  const listen: NonNullable<Wire['listen']> = (_primary, subject, ears) =>
    find(async (address) => {
      await checkPrimary(maker, address)
      return await openEar(maker, address, subject, ears)
    })
  return wireOf(maker, open, name, listen)
}

async function askSentinel(maker: LineMaker, sentinel: Address, name: string): Promise<Pick<Address, 'host' | 'port'>> {
  const line = await openLine(maker, sentinel)
  try {
    const reply = await line.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name], maker.timeout)
    const [host, port] = Array.isArray(reply) ? reply.map(textOf) : []
    if (host !== undefined && port !== undefined) return { host, port: Number(port) }
    const message = `sentinel.name: the sentinel at ${nameOf(sentinel)} knows no primary of this name. Use the one in its line "sentinel monitor".`
    throw new SessionError('CONFIG_INVALID', message, { path: 'sentinel.name' })
  } finally {
    line.end(new Error('The sentinel has answered.'))
  }
}

/** A sentinel goes on naming the earlier primary until another is elected; that one may have come back as a replica. */
async function openPrimary(maker: LineMaker, address: Address, onEnd: () => void): Promise<Line> {
  let isHandedOut = false
  const line = await openLine(maker, address, () => {
    if (isHandedOut) onEnd()
  })
  try {
    const role = await line.send(['ROLE'], maker.timeout)
    if (!Array.isArray(role) || textOf(role[0]) !== 'master') throw new Error(`${nameOf(address)} is not the primary at present.`)
  } catch (fault) {
    line.end(new Error('The server is not the primary.'))
    throw fault
  }
  isHandedOut = true
  return line
}

/** A connection that listens cannot ask; whether it has stayed the primary is seen by the beats that come back through it. */
async function checkPrimary(maker: LineMaker, address: Address): Promise<void> {
  const line = await openPrimary(maker, address, () => undefined)
  line.end(new Error('The server is the primary.'))
}
