import { betterAuthWithRedis, headersOf } from '../lib/better-auth.mjs'
import { expressApp } from './express-app.mjs'

const FIELDS = Array.from({ length: 20 }, (_, place) => `key${place}`)

function passOn(answer, response) {
  for (const line of answer.headers.getSetCookie()) response.append('set-cookie', line)
}

/** better-auth with sessions in Redis; every use extends a session, as with the others. */
export async function open({ url, gates }) {
  const { auth, close, emailOf, PASSWORD } = await betterAuthWithRedis(url, {
    updateAge: 0,
    additionalFields: Object.fromEntries(FIELDS.map((name) => [name, { type: 'string', required: false }])),
  })
  const found = (request) => auth.api.getSession({ headers: headersOf(request) })
  const known = new Set()
  const actions = {
    async login(request, response, user) {
      const body = { email: emailOf(user), password: PASSWORD }
      passOn(await auth.api.signInEmail({ body, headers: headersOf(request), asResponse: true }), response)
    },
    async logout(request, response) {
      passOn(await auth.api.signOut({ headers: headersOf(request), asResponse: true }), response)
    },
    user: async (request) => (await found(request))?.user.name,
    async write(request, _response, key) {
      await auth.api.updateSession({ headers: headersOf(request), body: { [key]: 'written' } })
    },
    async kept(request) {
      const { session } = await found(request)
      return FIELDS.filter((name) => typeof session[name] === 'string')
    },
    revokeAll: (request) => auth.api.revokeSessions({ headers: headersOf(request) }),
  }
  const app = expressApp(undefined, actions, gates)
  return {
    listener: app,
    close,
    async prepare(user) {
      if (known.has(user)) return
      known.add(user)
      await auth.api.signUpEmail({ body: { email: emailOf(user), password: PASSWORD, name: user } })
    },
  }
}
