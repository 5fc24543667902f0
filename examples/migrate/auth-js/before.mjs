// An application on Auth.js with its default, everything in an encrypted cookie.
import { ExpressAuth, getSession } from '@auth/express'
import express from 'express'
import { config } from './config.mjs'

const app = express()
app.use('/auth', ExpressAuth(config))

app.get('/me', async (req, res) => {
  const session = await getSession(req, config)
  res.json({ user: session?.user?.name ?? null })
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${process.env.PORT}`))
process.once('SIGTERM', () => server.close())
