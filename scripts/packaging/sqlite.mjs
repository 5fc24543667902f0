// Run inside a project where library and service are installed, and with them the SQLite driver.
import assert from 'node:assert/strict'
import { createSessionManager } from 'sojourn'
import { sqliteStore } from 'sojourn/sqlite'

const path = 'sessions.db'
const first = await createSessionManager({ storage: await sqliteStore({ path }) })
const { token } = await first.createSession('alice')
await first.close()

const second = await createSessionManager({ storage: await sqliteStore({ path }) })
assert.equal((await second.validateSession(token)).isValid, true, 'the session outlives the process that made it')
await second.close()
