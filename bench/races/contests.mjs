import { setTimeout as pause } from 'node:timers/promises'

const DEVICES = 10
const READERS = 8
const WORK_MS = 5

/** Calls the rounds of one contest one after another and adds up what they count. */
async function rounds(count, round) {
  let failed = 0
  let tried = 0
  for (let number = 0; number < count; number++) {
    const found = await round(number)
    failed += found.failed
    tried += found.tried
  }
  return { failed, tried }
}

async function login(server, user) {
  const { status, cookies, text } = await server.post(`/login/${user}`)
  if (status !== 200) throw new Error(`a login was answered ${status}: ${text}`)
  return cookies
}

const isIn = async (server, cookies) => (await server.get('/me', cookies)).status === 200

/** Starts requests that change the session and stand at a door. Resolves once all of them are inside. */
async function underWay(server, requests, gate) {
  const answers = requests.map(({ cookies, key }) => server.get(`/work?gate=${gate}&key=${key}`, cookies))
  while ((await server.tell('waiting', { gate })) < requests.length) await pause(1)
  return {
    async finish() {
      await server.tell('open', { gate })
      return await Promise.all(answers)
    },
  }
}

/** Somebody logs out while another request of theirs is under way, which then changes the session. Does the old cookie work again? */
export const logoutAndChange = (server, count) =>
  rounds(count, async (number) => {
    const cookies = await login(server, 'user')
    const slow = await underWay(server, [{ cookies, key: server.keys[0] }], `change-${number}`)
    await server.post('/logout', cookies)
    await slow.finish()
    return { failed: (await isIn(server, cookies)) ? 1 : 0, tried: 1 }
  })

/** The same at once with requests that only read. No door: they overlap as they come. */
export const logoutAndRead = (server, count) =>
  rounds(count, async () => {
    const cookies = await login(server, 'user')
    const reads = Array.from({ length: READERS }, () => server.get(`/work?milliseconds=${WORK_MS}`, cookies))
    await Promise.all([server.post('/logout', cookies), ...reads])
    return { failed: (await isIn(server, cookies)) ? 1 : 0, tried: 1 }
  })

async function living(server, devices) {
  const found = await Promise.all(devices.map((cookies) => isIn(server, cookies)))
  return { failed: found.filter(Boolean).length, tried: devices.length }
}

const logins = (server, user) => Promise.all(Array.from({ length: DEVICES }, () => login(server, user)))

/** Ten devices log in at the same time. All is answered; then "log out everywhere" is answered. How many still work? */
export const loginsThenRevokeAll = (server, count) =>
  rounds(count / DEVICES, async (number) => {
    const user = `many-${number}`
    await server.tell('prepare', { user })
    const devices = await logins(server, user)
    await server.post(`/revoke-all/${user}`, devices[0])
    return await living(server, devices)
  })

/** The same, while each device has a request under way that then changes its session. */
export const revokeAllAndChange = (server, count) =>
  rounds(count / DEVICES, async (number) => {
    const user = `busy-${number}`
    await server.tell('prepare', { user })
    const devices = await logins(server, user)
    const requests = devices.map((cookies) => ({ cookies, key: server.keys[0] }))
    const slow = await underWay(server, requests, `busy-${number}`)
    await server.post(`/revoke-all/${user}`, devices[0])
    await slow.finish()
    return await living(server, devices)
  })

/** Parallel requests of one session each write another key, and each is answered 200. How many keys are not there? */
export const lostUpdates = (server, count) =>
  rounds(Math.ceil(count / server.keys.length), async () => {
    const cookies = await login(server, 'user')
    const answers = await Promise.all(server.keys.map((key) => server.get(`/work?milliseconds=${WORK_MS}&key=${key}`, cookies)))
    const accepted = server.keys.filter((_, place) => answers[place].status === 200)
    const { kept } = (await server.get('/me', cookies)).body
    return { failed: accepted.filter((key) => !kept.includes(key)).length, tried: accepted.length }
  })
