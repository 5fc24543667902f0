import { createSessionManager } from '../../src/create-session-manager.js'
import { redisStore } from '../../src/store/redis.js'
import { bytesOf, nextRow, textOf } from '../../src/testing/contract/sample.js'
import { targetIn } from './redis-target.js'

/** A process beside others on the same server: `node <bundle> <task> <url> <id, user or count>`. What it prints, it has been promised. */
const [task, url = '', argument = ''] = process.argv.slice(2)
// Four of them start at once, on a machine that may be busy with others.
const timeout = 10_000
const store = await redisStore({ ...targetIn(url), timeout })
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

if (task === 'count') {
  for (let counted = 0; counted < 250; ) {
    const row = await store.get(argument)
    if (row && (await store.replace(nextRow(row, { data: bytesOf(`${Number(textOf(row)) + 1}`) })))) counted++
  }
  await store.close()
} else if (task === 'remove') {
  say((await store.remove(argument)) === undefined ? 'nothing' : 'the row')
  await store.close()
} else if (task === 'login') {
  const manager = await createSessionManager({
    storage: store,
    maxConcurrentSessions: 5,
    keys: { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) },
  })
  const sessions = await Promise.all(Array.from({ length: 34 }, () => manager.createSession(argument)))
  for (const { token } of sessions) say(token)
  await manager.close()
}
