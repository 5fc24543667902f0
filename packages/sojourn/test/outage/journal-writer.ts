import { silentLogger } from '../../src/events/log.js'
import { openJournal } from '../../src/outage/journal.js'

// Appends ends until it is killed, several at a time, and says which ones it was told are on the disk.
const journal = await openJournal(process.argv[2] ?? '', silentLogger)
for (let number = 0; number < 10_000; number += 3) {
  await Promise.all(
    [number, number + 1, number + 2].map(async (one) => {
      await journal.append({ kind: 'session', key: `aa-row-${one}`, reason: 'logout', at: one, mark: `mark-${one}` })
      process.stdout.write(`mark-${one}\n`)
    }),
  )
}
