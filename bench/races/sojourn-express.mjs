import { sojourn } from 'sojourn/express'
import { sojournWithRedis } from '../lib/sojourn-manager.mjs'
import { expressApp } from './express-app.mjs'
import { KEYS, sojournActions } from './sojourn-actions.mjs'

/** Sojourn's middleware for Express, records in Redis. */
export async function open({ url, gates }) {
  const sessions = await sojournWithRedis(url)
  const listener = expressApp(sojourn({ sessions, dev: true }), sojournActions(sessions), gates)
  return { listener, keys: KEYS, close: () => sessions.close() }
}
