import type { Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { type Address, nameOf, readName } from './address.js'
import { clusterLinks } from './cluster-links.js'
import { type ClusterMap, clusterMap } from './cluster-map.js'
import { readRedirection } from './cluster-view.js'
import { openEar } from './ear.js'
import { replyCode } from './faults.js'
import type { LineMaker } from './line.js'
import { slotOf } from './slot.js'
import type { Answer, Command, Wire } from './wire.js'

/** A redirection can be out of date by one; more than this is a cluster that contradicts itself. */
const MOST_REDIRECTIONS = 5

/** The way to all primaries of a cluster: one connection to each, made anew, and to others, as the cluster changes. */
export async function clusterWire(maker: LineMaker, seeds: readonly Address[]): Promise<Wire> {
  const { clock } = maker
  const links = clusterLinks(maker, seeds, () => map.refreshSoon())
  const map: ClusterMap = clusterMap(clock, links, seeds.map(nameOf))

  const send = async (command: Command, key: string, wait: Millis): Promise<Answer> => {
    const until = clock.monotonic() + wait
    const slot = slotOf(key)
    for (let followed = 0; ; followed++) {
      const name = map.owner(slot)
      if (name === undefined) throw notServed(map)
      try {
        return await links.to(name).send(command, until - clock.monotonic())
      } catch (fault) {
        const redirection = readRedirection(fault, readName(name).host)
        if (redirection !== undefined || replyCode(fault) === 'CLUSTERDOWN') map.refreshSoon()
        if (redirection === undefined || followed >= MOST_REDIRECTIONS) throw fault
        if (redirection.kind === 'ASK') return links.to(redirection.name).sendAsking(command, until - clock.monotonic())
        map.moved(slot, redirection.name)
      }
    }
  }
  const listen: NonNullable<Wire['listen']> = (primary, subject, ears) => openEar(maker, links.addressOf(primary), subject, ears)
  const close = async (): Promise<void> => {
    map.close()
    await links.close()
  }

  try {
    await map.refresh()
    await links.connect()
  } catch (fault) {
    await close()
    throw fault instanceof Error && fault.message.includes('cluster support disabled') ? notACluster() : fault
  }
  return { send, primary: (key) => map.owner(slotOf(key)) ?? '', primaries: map.primaries, listen, close }
}

/** In the words of the servers, so that it is asked again in a moment. */
function notServed(map: ClusterMap): Error {
  map.refreshSoon()
  return new Error('CLUSTERDOWN No primary serves this part of the cluster.')
}

const notACluster = (): SessionError =>
  new SessionError('CONFIG_INVALID', "cluster: this server does not belong to a cluster. Use redisStore({ url: 'redis://…' }).", {
    path: 'cluster',
  })
