import { createSessionManager } from '../../src/create-session-manager.js'
import { postgresStore } from '../../src/store/postgres.js'
import { bytesOf, nextRow, sampleRow, textOf } from '../../src/testing/contract/sample.js'

/** A process beside others on the same database: `node <bundle> <task> <url> <prefix> <argument>`. */
const [task, url = '', prefix = '', argument = ''] = process.argv.slice(2)
const store = await postgresStore({ url, prefix, timeout: 30_000 })
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

if (task === 'count') {
  for (let counted = 0; counted < 250; ) {
    const row = await store.get(argument)
    if (row && (await store.replace(nextRow(row, { data: bytesOf(`${Number(textOf(row)) + 1}`) })))) counted++
  }
} else if (task === 'remove') {
  say((await store.remove(argument)) === undefined ? 'nothing' : 'the row')
} else if (task === 'insert') {
  const answers = await Promise.all(Array.from({ length: 25 }, () => store.insert(sampleRow({ owner: argument }))))
  for (const answer of answers) say(`${answer}`)
} else if (task === 'login') {
  const manager = await createSessionManager({
    storage: store,
    keys: { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) },
    maxConcurrentSessions: 5,
  })
  const logins = Array.from({ length: 34 }, () =>
    manager.createSession(argument, { ipAddress: '203.0.113.77', userAgent: 'Mozilla/5.0 (storm)' }),
  )
  for (const session of await Promise.all(logins)) say(session.token ?? '')
  await manager.close()
}
await store.close()
