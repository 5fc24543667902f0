/** The handlers on either version of Express. */
export const onExpress = (express) => ({
  bare() {
    const app = express()
    app.get('/', (_request, response) => {
      response.json({ ok: true })
    })
    return app
  },
  guarded({ express: { middleware, user } }) {
    const app = express()
    app.use(middleware)
    app.get('/', (request, response) => {
      if (user(request) === undefined) response.status(401).end()
      else response.json({ ok: true })
    })
    return app
  },
})
