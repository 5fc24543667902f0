import type { Millis } from '../../clock.js'
import { isSessionError, SessionError } from '../../errors.js'
import { type Connections, givenConnections, ownConnections } from './connections.js'
import type { Queryable } from './driver.js'
import { faultOf } from './fault.js'
import { migratePostgres } from './migrate.js'
import { postgresMigrations } from './migrations.js'
import type { PostgresNames } from './names.js'
import type { PostgresSettings } from './options.js'
import { checkRights, checkServer, serverFacts } from './server.js'

/** Finding the version, and waiting for another process that is making the schema. */
const START_LIMIT: Millis = 60_000

/**
 * The way to a primary that can keep what was asked for, with the schema in its place. Throws `CONFIG_INVALID` for what
 * has to be set, and `STORE_UNAVAILABLE` for what can pass by itself, neither with a part of the address.
 */
export async function openPostgres(settings: PostgresSettings, names: PostgresNames): Promise<Connections> {
  const { source, clock } = settings
  let connections: Connections | undefined
  try {
    const opened = typeof source === 'string' ? await ownConnections({ ...settings, url: source }) : givenConnections(source, clock)
    connections = opened
    await opened.alone((client) => prepareDatabase(client, settings, names), START_LIMIT)
    return opened
  } catch (thrown) {
    await connections?.close()
    if (isSessionError(thrown)) throw thrown
    const cause = faultOf(thrown)
    throw new SessionError('STORE_UNAVAILABLE', `The Postgres store could not be opened: ${cause.message}.`, { retryAfter: 1, cause })
  }
}

async function prepareDatabase(client: Queryable, settings: PostgresSettings, names: PostgresNames): Promise<void> {
  checkServer(await serverFacts(client), settings)
  await migratePostgres(client, { names, migrations: postgresMigrations(settings.prefix, settings.schema), mode: settings.migrate })
  await checkRights(client, names)
}
