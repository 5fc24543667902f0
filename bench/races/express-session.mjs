import session from 'express-session'
import { expressApp } from './express-app.mjs'
import { sessionActions } from './session-actions.mjs'
import { storedSessions } from './stored-sessions.mjs'

/** express-session with connect-redis, set as its documentation recommends. */
export async function open({ url, gates }) {
  const stored = await storedSessions(url)
  const middleware = session({
    store: stored.store,
    secret: 'a secret of this benchmark',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000 },
  })
  return { listener: expressApp(middleware, sessionActions(stored.endAll), gates), close: stored.close }
}
