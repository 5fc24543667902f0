import { once } from 'node:events'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PASSWORD, type PostgresServer, SUPERUSER } from './postgres.js'
import { findProgram, freePort, launch, serverFolder } from './postgres-process.js'

export interface PgBouncer {
  readonly url: string
  close(): Promise<void>
}

/** A pooler that hands its connections on after each transaction, in turn, so that what stays on one is missed at once. */
export async function startPgBouncer(server: PostgresServer): Promise<PgBouncer> {
  const folder = serverFolder()
  const port = await freePort()
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    chmodSync(path, 0o644)
    return path
  }
  const users = write('users.txt', `"${SUPERUSER}" "${PASSWORD}"\n`)
  const config = write(
    'pgbouncer.ini',
    `[databases]
postgres = host=127.0.0.1 port=${server.port} dbname=postgres user=${SUPERUSER} password=${PASSWORD}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 8
max_client_conn = 200
server_round_robin = 1
server_login_retry = 1
`,
  )
  const child = await launch(findProgram('pgbouncer', 'pgbouncer'), [config], folder, /process up/, [])
  return {
    url: `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
    async close() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
