import { Pool, type PoolClient } from 'pg'
import type { Logger } from 'sojourn'
import type { PostgresPool } from 'sojourn/postgres'

export interface PostgresHosts extends PostgresPool {
  close(): Promise<void>
}

interface HostsOptions {
  /** One address for each host. */
  readonly urls: readonly string[]
  readonly poolSize: number
  /** For a new connection and for a statement, in milliseconds. */
  readonly timeout: number
  readonly logger: Logger
}

/** Thrown for a host that is up and follows another one. */
class StandbyError extends Error {
  override readonly name = 'StandbyError'
  /** What the store makes its own message of. */
  readonly code = 'NO_PRIMARY'
}

/**
 * Connections to whichever of several hosts is the primary, as `target_session_attrs=primary` of libpq has it. Each new
 * connection is asked whether it leads to a standby; one that led to the primary goes on leading there, because a primary
 * becomes a standby by a restart only, which ends its connections.
 */
export function postgresHosts({ urls, poolSize, timeout, logger }: HostsOptions): PostgresHosts {
  const limits = { max: poolSize, connectionTimeoutMillis: Math.ceil(timeout / urls.length), statement_timeout: timeout }
  const pools = urls.map((connectionString) => {
    const pool = new Pool({ ...limits, connectionString, keepAlive: true, application_name: 'sojourn', verify: verifyPrimary })
    // The pool has dropped the idle connection that broke, and whoever needs one gets a new one.
    pool.on('error', () => undefined)
    return pool
  })
  let current = 0

  async function connect(): Promise<PoolClient> {
    const first = current
    let fault: unknown
    for (let tried = 0; tried < pools.length; tried++) {
      const place = (first + tried) % pools.length
      try {
        const client = await pools[place]?.connect()
        if (client === undefined) continue
        if (place !== current) logger.warn({ host: place + 1 }, 'another host of Postgres has taken over')
        current = place
        return client
      } catch (error) {
        // A host that is away tells more than one that is only a standby.
        if (fault === undefined || !(error instanceof StandbyError)) fault = error
      }
    }
    throw fault
  }

  return {
    connect,
    async close() {
      await Promise.all(pools.map((pool) => pool.end()))
    },
  }
}

function verifyPrimary(client: PoolClient, done: (fault?: Error) => void): void {
  client.query('select pg_is_in_recovery()').then(
    ({ rows }) => done(rows[0]?.pg_is_in_recovery === false ? undefined : new StandbyError('This server is a standby.')),
    (fault: unknown) => done(fault instanceof Error ? fault : new Error('The server did not say whether it is the primary.')),
  )
}
