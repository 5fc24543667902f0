// An application on iron-session, as its tutorial has it.
import express from 'express'
import { getIronSession } from 'iron-session'

const options = { cookieName: 'app-session', password: process.env.IRON_PASSWORD, cookieOptions: { secure: false } }
const app = express()
app.use(express.urlencoded({ extended: false }))

app.post('/login', async (req, res) => {
  const session = await getIronSession(req, res, options)
  session.userId = req.body.user // after the check of the password
  session.loggedInAt = Date.now()
  session.theme = 'dark'
  await session.save()
  res.json({ user: session.userId })
})

app.get('/me', async (req, res) => {
  const { userId = null, theme = null } = await getIronSession(req, res, options)
  res.json({ user: userId, theme })
})

app.post('/logout', async (req, res) => {
  const session = await getIronSession(req, res, options)
  session.destroy()
  res.json({})
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${process.env.PORT}`))
process.once('SIGTERM', () => server.close())
