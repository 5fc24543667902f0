// Run inside a project where only the library is installed: every subpath loads as CommonJS, and sessions work.
const assert = require('node:assert/strict')
const { sep } = require('node:path')

const manifest = require('sojourn/package.json')
const loaded = {}
for (const subpath of Object.keys(manifest.exports).filter((path) => path !== './package.json')) {
  const name = `sojourn${subpath.slice(1)}`
  loaded[name] = require(name)
  assert.ok(typeof loaded[name] === 'function' || Object.keys(loaded[name]).length > 0, `${name} exports something`)
}

const own = `node_modules${sep}sojourn${sep}`
const foreign = Object.keys(require.cache).filter((path) => path !== __filename && !path.includes(own))
assert.deepEqual(foreign, [], 'nothing but the library itself was loaded')

async function useSessions() {
  const { createSessionManager, SessionError } = loaded.sojourn
  assert.equal(loaded['sojourn/errors'].SessionError, SessionError)
  const sessions = await createSessionManager()
  const { token } = await sessions.createSession('alice')
  assert.equal((await sessions.validateSession(token)).isValid, true)
  await sessions.terminateSession(token)
  assert.equal((await sessions.validateSession(token)).isValid, false)
  await sessions.close()
}

// In the place of express-session, of which `require` gives the function itself.
const session = loaded['sojourn/express-session']
assert.equal(typeof session, 'function')
assert.equal(typeof session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }), 'function')
assert.ok(new session.MemoryStore() instanceof session.Store)
assert.equal(session.default, undefined)
assert.equal(typeof loaded['sojourn/fastify-session'], 'function')

useSessions().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
