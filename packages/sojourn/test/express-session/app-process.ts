import type { AddressInfo } from 'node:net'
import express, { type Express, type Request, type Response } from 'express'
import session from '../../src/express-session/index.js'
import type { Store } from '../../src/store/store.js'
import { targetIn } from '../store/redis-target.js'
import type { AppSettings, Release, Said } from './app-orders.js'

/** An application on Express with the drop-in, one of several on one store: `fork(<bundle>, [<settings as JSON>])`. */
const settings: AppSettings = JSON.parse(process.argv[2] ?? '')

async function openStore(): Promise<Store> {
  const { kind, at, replicas } = settings
  if (kind === 'sqlite') return (await import('../../src/store/sqlite.js')).sqliteStore({ path: at })
  if (kind === 'memcached') return (await import('../../src/store/memcached.js')).memcachedStore({ servers: at.split(',') })
  if (kind === 'postgres') return (await import('../../src/store/postgres.js')).postgresStore({ url: at, replicas })
  return (await import('../../src/store/redis.js')).redisStore({ ...targetIn(at), replicas })
}

const say = (what: Said): unknown => process.send?.(what)
let held = 0
let waiting: (() => void)[] = []
/** Keeps a request until it is released. */
function hold(): Promise<void> {
  const released = new Promise<void>((resolve) => waiting.push(resolve))
  say({ said: 'holding', held: ++held })
  return released
}
process.on('message', ({ do: order }: Release) => {
  if (order !== 'release') return
  for (const release of waiting) release()
  waiting = []
})
// Nobody is left to ask anything.
process.on('disconnect', () => process.exit())

type Visited = Omit<Request, 'session'> & {
  readonly session: Record<string, unknown> & { [Verb in 'save' | 'destroy' | 'regenerate']: () => Promise<void> }
}
type Page = (request: Visited, response: Response) => Promise<void>

/** What the pages answer is Express's own business: nothing here knows of stores that do not answer. */
const PAGES: Readonly<Record<string, Page>> = {
  '/login/:user': async (request, response) => {
    await request.session.regenerate()
    request.session['user'] = request.params['user']
    await request.session.save()
    response.end()
  },
  '/logout': async (request, response) => {
    await request.session.destroy()
    response.end()
  },
  /** The end of the response saves. */
  '/set/:key/:value': async (request, response) => {
    request.session[String(request.params['key'])] = request.params['value']
    response.end()
  },
  /** The application saves, and hears of what goes wrong. */
  '/save/:key/:value': async (request, response) => {
    request.session[String(request.params['key'])] = request.params['value']
    await request.session.save()
    response.end()
  },
  '/held/set/:key/:value': async (request, response) => {
    await hold()
    request.session[String(request.params['key'])] = request.params['value']
    response.end()
  },
  '/held/save/:key/:value': async (request, response) => {
    await hold()
    request.session[String(request.params['key'])] = request.params['value']
    await request.session.save()
    response.end()
  },
  '/held/drop/:key': async (request, response) => {
    await hold()
    delete request.session[String(request.params['key'])]
    response.end()
  },
  '/held/logout': async (request, response) => {
    await hold()
    await request.session.destroy()
    response.end()
  },
  '/held/look': async (request, response) => {
    await hold()
    response.json(request.session)
  },
  '/': async (request, response) => {
    response.json(request.session)
  },
}

function application(storage: Store): Express {
  const app = express()
  app.use(
    session({
      secret: 'keyboard cat',
      resave: false,
      saveUninitialized: false,
      unset: settings.unset,
      cookie: { maxAge: 3_600_000 },
      storage,
    }),
  )
  for (const [path, page] of Object.entries(PAGES))
    app.get(path, (request, response, next) => void page(request as unknown as Visited, response).catch(next))
  return app
}

const server = application(await openStore()).listen(0, '127.0.0.1', () => {
  say({ said: 'serving', port: (server.address() as AddressInfo).port })
})
