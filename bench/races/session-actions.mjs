import { promisify } from 'node:util'

const NOT_WRITTEN = new Set(['cookie', 'userId'])

/** What an application does with `req.session`. */
export function sessionActions(endAll) {
  const call = (session, verb) => promisify(session[verb].bind(session))()
  return {
    async login(request, _response, user) {
      await call(request.session, 'regenerate')
      request.session.userId = user
    },
    logout: (request) => call(request.session, 'destroy'),
    user: (request) => request.session.userId,
    write(request, _response, key) {
      request.session[key] = 'written'
    },
    kept: (request) => Object.keys(request.session).filter((key) => !NOT_WRITTEN.has(key)),
    revokeAll: (_request, _response, user) => endAll(user),
  }
}
