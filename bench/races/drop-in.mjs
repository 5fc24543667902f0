import { openDropIn } from '../lib/drop-in.mjs'
import { expressApp } from './express-app.mjs'
import { sessionActions } from './session-actions.mjs'

/** `sojourn/express-session` in the place of express-session: the very same application. */
export async function open({ url, gates }) {
  const options = { secret: 'a secret of this benchmark', resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }
  const { middleware, endAll, close } = await openDropIn(url, options, true)
  return { listener: expressApp(middleware, sessionActions(endAll), gates), close }
}
