import { createSessionManager } from '../../src/create-session-manager.js'
import { sqliteStore } from '../../src/store/sqlite.js'
import { bytesOf, nextRow, sampleRow, textOf } from '../../src/testing/contract/sample.js'

/** A process beside others on the same file: `node <bundle> <task> <path> <id or count>`. What it prints, it has been promised. */
const [task, path = '', argument = ''] = process.argv.slice(2)
const store = await sqliteStore({ path, busyTimeout: 30_000 })
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

if (task === 'count') {
  for (let counted = 0; counted < 250; ) {
    const row = await store.get(argument)
    if (row && (await store.replace(nextRow(row, { data: bytesOf(`${Number(textOf(row)) + 1}`) })))) counted++
  }
} else if (task === 'remove') {
  say((await store.remove(argument)) === undefined ? 'nothing' : 'the row')
} else if (task === 'login') {
  const manager = await createSessionManager({ storage: store, maxConcurrentSessions: 5 })
  const sessions = await Promise.all(Array.from({ length: 34 }, () => manager.createSession(argument)))
  for (const { token } of sessions) say(token)
  await manager.close()
} else if (task === 'insert') {
  // Many at a time, so that groups are cut through as well; without end, so that only kill ends it.
  const insertForEver = async (): Promise<void> => {
    for (;;) {
      const row = sampleRow({ data: new Uint8Array(400) })
      await store.insert(row)
      say(row.id)
    }
  }
  await Promise.all(Array.from({ length: Number(argument) }, insertForEver))
}
await store.close()
