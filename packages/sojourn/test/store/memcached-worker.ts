import { createSessionManager } from '../../src/create-session-manager.js'
import { memcachedStore } from '../../src/store/memcached.js'
import { bytesOf, nextRow, textOf } from '../../src/testing/contract/sample.js'

/** A process beside others on the same servers: `node <bundle> <task> <servers> <id, or user>`. */
const [task, servers = '', argument = ''] = process.argv.slice(2)
const store = await memcachedStore({ servers: servers.split(','), timeout: 20_000 })
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

if (task === 'count') {
  for (let counted = 0; counted < 250; ) {
    const row = await store.get(argument)
    if (row && (await store.replace(nextRow(row, { data: bytesOf(`${Number(textOf(row)) + 1}`) })))) counted++
  }
} else if (task === 'remove') {
  say((await store.remove(argument)) === undefined ? 'nothing' : 'the row')
} else if (task === 'login') {
  const sessions = await createSessionManager({
    storage: store,
    keys: { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) },
    maxConcurrentSessions: 5,
  })
  const issued = await Promise.all(Array.from({ length: 34 }, () => sessions.createSession(argument)))
  for (const { token } of issued) say(token)
  await sessions.close()
}
await store.close()
