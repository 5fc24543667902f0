import { freePort, type RedisServer, startRedis, until } from './redis.js'

/** Three primaries and a replica of each, in this order. */
export interface RedisCluster {
  readonly servers: readonly RedisServer[]
  readonly urls: readonly string[]
  /** The server that is the primary of `key` now, and one that is its replica. */
  primaryOf(key: string): Promise<RedisServer>
  /** Resolves when `server` is a primary in the eyes of all others that answer, and these are at work again. */
  tookOver(from: RedisServer): Promise<void>
  /** Resolves when all are at work and each primary has its replica. */
  whole(): Promise<void>
  stop(): Promise<void>
}

const PRIMARIES = 3
const SLOTS = 16_384

async function startNode(): Promise<{ readonly server: RedisServer; readonly bus: number }> {
  const bus = await freePort()
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    `${bus}`,
    '--cluster-node-timeout',
    '2000',
    '--cluster-config-file',
    'nodes.conf',
    '--appendonly',
    'no',
  ]
  return { server: await startRedis({ args }), bus }
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: PRIMARIES * 2 }, startNode))
  const servers = nodes.map(({ server }) => server)
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()))
  }
  const byPort = (port: string | undefined): RedisServer => {
    const found = servers.find((server) => `${server.port}` === port)
    if (found === undefined) throw new Error(`No server of this cluster has port ${port}.`)
    return found
  }
  const answering = async (asked = servers): Promise<readonly RedisServer[]> => {
    const answers = await Promise.all(
      asked.map((server) =>
        server.cli('PING').then(
          (answer) => answer === 'PONG',
          () => false,
        ),
      ),
    )
    return asked.filter((_, place) => answers[place])
  }
  /** `port role` of each node, as `server` sees them. */
  const seenBy = async (server: RedisServer): Promise<readonly { readonly port: string | undefined; readonly flags: string }[]> =>
    (await server.cli('CLUSTER', 'NODES')).split('\n').map((line) => {
      const [, address = '', flags = ''] = line.split(' ')
      return { port: /:(\d+)@/.exec(address)?.[1], flags }
    })
  const isOk = async (server: RedisServer): Promise<boolean> => (await server.cli('CLUSTER', 'INFO')).includes('cluster_state:ok')
  const whole = async (): Promise<void> => {
    await until('each primary has its replica', async () => {
      const states = await Promise.all(
        servers.map(async (server) => ({ ok: await isOk(server), replication: await server.cli('INFO', 'replication') })),
      )
      const primaries = states.filter(({ replication }) => replication.includes('role:master'))
      const replicas = states.filter(({ replication }) => replication.includes('role:slave'))
      return (
        states.every(({ ok }) => ok) &&
        primaries.length === PRIMARIES &&
        primaries.every(({ replication }) => replication.includes('state=online')) &&
        replicas.every(({ replication }) => replication.includes('master_link_status:up'))
      )
    })
  }

  try {
    await form(nodes)
    await whole()
  } catch (fault) {
    await stop()
    throw fault
  }

  return {
    servers,
    urls: servers.slice(0, PRIMARIES).map(({ url }) => url),
    async primaryOf(key) {
      const [asked] = await answering()
      if (asked === undefined) throw new Error('No server of this cluster answers.')
      const slot = Number(await asked.cli('CLUSTER', 'KEYSLOT', key))
      for (const line of (await asked.cli('CLUSTER', 'NODES')).split('\n')) {
        const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ')
        const holds = ranges.some((range) => {
          const [from, to] = range.split('-').map(Number)
          return from !== undefined && slot >= from && slot <= (to ?? from)
        })
        if (flags.includes('master') && !flags.includes('fail') && holds) return byPort(/:(\d+)@/.exec(address)?.[1])
      }
      throw new Error('No primary holds this slot.')
    },
    async tookOver(from) {
      await until('another server has taken over', async () => {
        const others = await answering(servers.filter((server) => server !== from))
        const views = await Promise.all(others.map(seenBy))
        const oks = await Promise.all(others.map(isOk))
        const primaries = views.map((view) =>
          view.filter(({ port, flags }) => port !== `${from.port}` && flags.includes('master') && !flags.includes('fail')),
        )
        return oks.every(Boolean) && primaries.every((seen) => seen.length === PRIMARIES)
      })
    },
    whole,
    stop,
  }
}

async function form(nodes: readonly { readonly server: RedisServer; readonly bus: number }[]): Promise<void> {
  const [first] = nodes
  for (const [place, { server }] of nodes.entries()) await server.cli('CLUSTER', 'SET-CONFIG-EPOCH', `${place + 1}`)
  for (const { server, bus } of nodes.slice(1)) await first?.server.cli('CLUSTER', 'MEET', '127.0.0.1', `${server.port}`, `${bus}`)
  for (let place = 0; place < PRIMARIES; place++) {
    const from = Math.floor((place * SLOTS) / PRIMARIES)
    const to = Math.floor(((place + 1) * SLOTS) / PRIMARIES) - 1
    await nodes[place]?.server.cli('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${to}`)
  }
  for (let place = PRIMARIES; place < nodes.length; place++) {
    const replica = nodes[place]?.server
    const id = (await nodes[place - PRIMARIES]?.server.cli('CLUSTER', 'MYID')) ?? ''
    await until('the replica knows its primary', async () => (await replica?.cli('CLUSTER', 'NODES'))?.includes(id) ?? false)
    await until('the replica follows its primary', async () => (await replica?.cli('CLUSTER', 'REPLICATE', id)) === 'OK')
  }
}
