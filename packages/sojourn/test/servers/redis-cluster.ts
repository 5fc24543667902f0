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
  const whole = (): Promise<void> => until('each primary has its replica', () => isWhole(servers))
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
    primaryOf: (key) => primaryOf(servers, key),
    tookOver: (from) => until('another server has taken over', () => isReplaced(servers, from)),
    whole,
    stop,
  }
}

async function answering(servers: readonly RedisServer[]): Promise<readonly RedisServer[]> {
  const answers = await Promise.all(servers.map((server) => server.cli('PING').catch(() => '')))
  return servers.filter((_, place) => answers[place] === 'PONG')
}

const isOk = async (server: RedisServer): Promise<boolean> => (await server.cli('CLUSTER', 'INFO')).includes('cluster_state:ok')

async function isWhole(servers: readonly RedisServer[]): Promise<boolean> {
  const oks = await Promise.all(servers.map(isOk))
  const states = await Promise.all(servers.map((server) => server.cli('INFO', 'replication')))
  const primaries = states.filter((state) => state.includes('role:master'))
  const replicas = states.filter((state) => state.includes('role:slave'))
  return (
    oks.every(Boolean) &&
    primaries.length === PRIMARIES &&
    primaries.every((state) => state.includes('state=online')) &&
    replicas.every((state) => state.includes('master_link_status:up'))
  )
}

interface SeenNode {
  readonly port: string | undefined
  readonly isPrimary: boolean
  /** Its slots, as `from-to` or single ones. */
  readonly ranges: readonly string[]
}

/** The nodes as `server` sees them; one that it takes for dead is no primary. */
async function seenBy(server: RedisServer): Promise<readonly SeenNode[]> {
  return (await server.cli('CLUSTER', 'NODES')).split('\n').map((line) => {
    const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ')
    return { port: /:(\d+)@/.exec(address)?.[1], isPrimary: flags.includes('master') && !flags.includes('fail'), ranges }
  })
}

async function isReplaced(servers: readonly RedisServer[], from: RedisServer): Promise<boolean> {
  const others = await answering(servers.filter((server) => server !== from))
  const oks = await Promise.all(others.map(isOk))
  const views = await Promise.all(others.map(seenBy))
  const isComplete = (view: readonly SeenNode[]): boolean =>
    view.filter(({ port, isPrimary }) => isPrimary && port !== `${from.port}`).length === PRIMARIES
  return oks.every(Boolean) && views.every(isComplete)
}

async function primaryOf(servers: readonly RedisServer[], key: string): Promise<RedisServer> {
  const [asked] = await answering(servers)
  if (asked === undefined) throw new Error('No server of this cluster answers.')
  const slot = Number(await asked.cli('CLUSTER', 'KEYSLOT', key))
  const holds = (range: string): boolean => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number)
    return slot >= from && slot <= to
  }
  const owner = (await seenBy(asked)).find(({ isPrimary, ranges }) => isPrimary && ranges.some(holds))
  const found = servers.find(({ port }) => `${port}` === owner?.port)
  if (found === undefined) throw new Error('No primary holds this slot.')
  return found
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
