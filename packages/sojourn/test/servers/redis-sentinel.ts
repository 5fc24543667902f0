import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RedisServer, startRedis, until } from './redis.js'

/** One primary, two replicas and three sentinels, two of which must agree. */
export interface RedisSentinels {
  readonly name: string
  /** `host:port` of each. */
  readonly nodes: readonly string[]
  readonly sentinels: readonly RedisServer[]
  readonly servers: readonly RedisServer[]
  primary(): Promise<RedisServer>
  /** Resolves when the sentinels name another primary than `from`, and it takes writes. */
  tookOver(from: RedisServer): Promise<void>
  /** Resolves when the primary has both replicas. */
  whole(): Promise<void>
  /** Stops the primary until another one has taken over, and lets it go on: it finds that it is none any more. Resolves when it is a copy. */
  failOver(): Promise<void>
  stop(): Promise<void>
}

const NAME = 'sessions'

export async function startRedisSentinels(): Promise<RedisSentinels> {
  const first = await startRedis()
  const others = await Promise.all([1, 2].map(() => startRedis({ args: ['--replicaof', `127.0.0.1 ${first.port}`] })))
  const servers = [first, ...others]
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => startRedis({ program: (folder, port) => ['redis-sentinel', configure(folder, port, first.port)] })),
  )
  const byPort = (port: string | undefined): RedisServer | undefined => servers.find((server) => `${server.port}` === port)
  const named = async (sentinel: RedisServer): Promise<RedisServer | undefined> =>
    byPort((await sentinel.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)).split('\n')[1])
  const primary = async (): Promise<RedisServer> => {
    const server = sentinels[0] && (await named(sentinels[0]))
    if (server === undefined) throw new Error('The sentinels name no primary.')
    return server
  }
  const whole = async (): Promise<void> => {
    await until('the primary has both replicas, and all sentinels know each other', async () => {
      const seen = await Promise.all(sentinels.map((sentinel) => sentinel.cli('SENTINEL', 'MASTER', NAME)))
      const replication = await (await primary()).cli('INFO', 'replication')
      const knows = (text: string): boolean => /num-slaves\n2/.test(text) && /num-other-sentinels\n2/.test(text)
      return seen.every(knows) && replication.split('state=online').length === 3
    })
  }
  const tookOver = (from: RedisServer): Promise<void> =>
    until('another server has taken over', async () => {
      const now = await Promise.all(sentinels.map(named))
      const [elected] = now
      if (elected === undefined || elected === from || now.some((server) => server !== elected)) return false
      return (await elected.cli('ROLE')).startsWith('master')
    })
  const stop = async (): Promise<void> => {
    await Promise.all([...sentinels, ...servers].map((server) => server.stop()))
  }
  try {
    await whole()
  } catch (fault) {
    await stop()
    throw fault
  }
  return {
    name: NAME,
    nodes: sentinels.map(({ port }) => `127.0.0.1:${port}`),
    sentinels,
    servers,
    primary,
    tookOver,
    whole,
    async failOver() {
      const from = await primary()
      await from.signal('SIGSTOP')
      await tookOver(from)
      await from.signal('SIGCONT')
      await whole()
    },
    stop,
  }
}

function configure(folder: string, port: number, primary: number): string {
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${primary} 2`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel failover-timeout ${NAME} 4000`,
    `sentinel parallel-syncs ${NAME} 2`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}
