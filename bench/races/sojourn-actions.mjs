const FIELDS = ['deviceId', 'location', 'userAgent']

/** What an application does with `req.sojourn`. A session has no free fields to write but those of its context. */
export function sojournActions(sessions) {
  return {
    login: (request, _reply, user) => request.sojourn.login(user),
    logout: (request) => request.sojourn.logout(),
    user: (request) => request.sojourn.session?.userId,
    async write(request, _reply, key) {
      await sessions.updateSessionContext(request.sojourn.session.id, { [key]: 'written' })
    },
    kept: (request) => FIELDS.filter((field) => request.sojourn.session.context[field] !== undefined),
    revokeAll: (_request, _reply, user) => sessions.terminateAllUserSessions(user),
  }
}

export const KEYS = FIELDS
