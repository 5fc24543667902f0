import { setTimeout as pause } from 'node:timers/promises'

const LOGGED_OUT = { status: 401, body: { user: null } }

/**
 * The application that every stack serves, in its own framework: `add(method, path, answer)`. What it does with sessions is in
 * `actions`, written as the documentation of each stack tells.
 */
export function addRoutes(add, actions, gates) {
  const { login, logout, user, write, kept, revokeAll } = actions
  add('post', '/login/:user', async (request, reply) => {
    await login(request, reply, request.params.user)
    return { status: 200, body: {} }
  })
  add('post', '/logout', async (request, reply) => {
    await logout(request, reply)
    return { status: 200, body: {} }
  })
  add('get', '/me', async (request) => {
    const found = await user(request)
    return found === undefined ? LOGGED_OUT : { status: 200, body: { user: found, kept: await kept(request) } }
  })
  // A request that takes a while, as one that asks a database, and may then change something in the session.
  add('get', '/work', async (request, reply) => {
    const { gate, milliseconds = '0', key } = request.query
    if ((await user(request)) === undefined) return LOGGED_OUT
    if (gate !== undefined) await gates.pass(gate)
    await pause(Number(milliseconds))
    if (key !== undefined) await write(request, reply, key)
    return { status: 200, body: {} }
  })
  add('post', '/revoke-all/:user', async (request, reply) => {
    await revokeAll(request, reply, request.params.user)
    return { status: 200, body: {} }
  })
}
