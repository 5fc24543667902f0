// Run inside a project where only the library is installed: every subpath loads as ESM, and sessions work.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const manifest = JSON.parse(readFileSync('node_modules/sojourn/package.json', 'utf8'))
const loaded = {}
for (const subpath of Object.keys(manifest.exports).filter((path) => path !== './package.json')) {
  const name = `sojourn${subpath.slice(1)}`
  loaded[name] = await import(name)
  assert.ok(Object.keys(loaded[name]).length > 0, `${name} exports something`)
}

const { createSessionManager, SessionError } = loaded.sojourn
const sessions = await createSessionManager()
const { token, id } = await sessions.createSession('alice', { ipAddress: '192.0.2.1' })
const accepted = await sessions.validateSession(token)
assert.equal(accepted.isValid && accepted.session.userId, 'alice')
await sessions.terminateSession(id)
const refused = await sessions.validateSession(token)
assert.ok(!refused.isValid && refused.error instanceof SessionError, 'an ended session is refused')

// One class, however it was imported; and a copy loaded as CommonJS is known by its shape.
assert.equal(loaded['sojourn/errors'].SessionError, SessionError)
const foreign = createRequire(import.meta.url)('sojourn/errors')
assert.notEqual(foreign.SessionError, SessionError)
assert.ok(loaded['sojourn/errors'].isSessionError(new foreign.SessionError('CONFLICT', 'from the other copy')))

const session = loaded['sojourn/express-session'].default
assert.equal(typeof session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }), 'function')
assert.ok(new session.MemoryStore() instanceof session.Store)
assert.equal(typeof loaded['sojourn/fastify-session'].default, 'function')

const ofStore = await createSessionManager({ storage: await loaded['sojourn/memory'].memoryStore() })
await ofStore.createSession('bob')
assert.equal((await ofStore.getActiveSessions('bob')).length, 1)
await ofStore.close()
await sessions.close()
