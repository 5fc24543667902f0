// An application on better-auth with SQLite, as its tutorial has it.
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node'
import express from 'express'
import { auth } from './auth.mjs'

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()

const app = express()
app.all('/api/auth/*path', toNodeHandler(auth))

app.get('/me', async (req, res) => {
  const found = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) })
  res.json({ user: found?.user.email ?? null })
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${process.env.PORT}`))
process.once('SIGTERM', () => server.close())
