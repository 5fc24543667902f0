import { sojourn } from 'sojourn/fastify'
import { sojournWithRedis } from '../lib/sojourn-manager.mjs'
import { fastifyApp } from './fastify-app.mjs'
import { KEYS, sojournActions } from './sojourn-actions.mjs'

/** Sojourn's plugin for Fastify, records in Redis. */
export async function open({ url, gates }) {
  const sessions = await sojournWithRedis(url)
  const register = (app) => app.register(sojourn({ sessions, dev: true }))
  return { listener: await fastifyApp(register, sojournActions(sessions), gates), keys: KEYS, close: () => sessions.close() }
}
