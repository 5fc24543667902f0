import type { Store } from 'sojourn/express-session'
import { ask, cookieOf, type Site, type Subject, site } from './rig.js'

/** Makes requests wait in the middle, so that two of them overlap exactly as a test says. */
export interface Gate {
  /** Resolves when a request waits at the gate. */
  reached(): Promise<void>
  open(): void
}

export interface Shop extends Site {
  logIn(user: string): Promise<string>
  gate(): Gate
}

/** An application with a login, a logout, a slow page that changes its session, and a page for each key. */
export async function shop(subject: Subject, store: Store | undefined, more: object = {}): Promise<Shop> {
  let wait: Promise<void> = Promise.resolve()
  let arrived: () => void = () => {}
  const opened = await site(subject, { ...(store === undefined ? {} : { store }), ...more }, (req, res) => {
    const [, page = '', key = ''] = (req.url ?? '').split('/')
    if (page === 'login')
      return void req.session.regenerate((error) => {
        if (error === undefined || error === null) req.session['user'] = key
        res.statusCode = error === undefined || error === null ? 200 : 500
        res.end()
      })
    if (page === 'logout') return void req.session.destroy(() => res.end())
    if (page === 'set') {
      arrived()
      return void wait.then(() => {
        req.session[key] = true
        res.end()
      })
    }
    return void res.end(JSON.stringify(req.session))
  })
  return {
    ...opened,
    logIn: async (user) => cookieOf(await ask(opened.url, { path: `/login/${user}` })),
    gate() {
      let open: () => void = () => {}
      wait = new Promise((resolve) => {
        open = resolve
      })
      const reached = new Promise<void>((resolve) => {
        arrived = resolve
      })
      return { reached: () => reached, open }
    },
  }
}

/** What the session of this cookie holds. */
export async function look({ url }: Site, cookie: string): Promise<Record<string, unknown>> {
  const { cookie: _cookie, ...data } = JSON.parse((await ask(url, { cookie })).body) as Record<string, unknown>
  return data
}
