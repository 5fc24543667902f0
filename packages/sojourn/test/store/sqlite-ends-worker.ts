import { createSessionManager } from '../../src/create-session-manager.js'
import { sqliteStore } from '../../src/store/sqlite.js'

/** Logs users in and ends them without end, many at a time: `node <bundle> <path> <how many>`. What it prints, it has been promised. */
const [path = '', width = '1'] = process.argv.slice(2)
const sessions = await createSessionManager({
  storage: await sqliteStore({ path, busyTimeout: 30_000 }),
  keys: { master: Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 41) & 255) },
  cleanupInterval: 0,
})
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

async function endForEver(user: string): Promise<void> {
  for (;;) {
    const { token } = await sessions.createSession(user)
    await sessions.validateSession(token, { ipAddress: '198.51.100.9' })
    const { level } = await sessions.terminateSession(token)
    say(`${level} ${token}`)
  }
}
await Promise.all(Array.from({ length: Number(width) }, (_, at) => endForEver(`user-${at}`)))
