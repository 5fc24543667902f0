import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/events/log.js'
import { openJournal } from '../../src/outage/journal.js'
import { journalLine, readJournal } from '../../src/outage/journal-lines.js'
import type { PendingEnd } from '../../src/outage/pending-end.js'
import { bundleWorker } from '../store/bundle-worker.js'

const end = (number: number): PendingEnd => ({
  kind: 'session',
  key: `aa-row-${number}`,
  reason: 'logout',
  at: 1_000 + number,
  mark: `mark-${number}`,
})

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-journal-'))
  path = join(folder, 'ends.journal')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What a crash leaves: the file as it is, without `close`. */
const found = async (): Promise<readonly PendingEnd[]> => {
  const journal = await openJournal(path, silentLogger)
  await journal.close()
  return journal.found
}

describe('the journal of ends', () => {
  it('has everything that was appended and not done, also without having been closed', async () => {
    const journal = await openJournal(path, silentLogger)
    await Promise.all([1, 2, 3, 4].map((number) => journal.append(end(number))))
    journal.done(end(2))
    await journal.append({ ...end(5), kind: 'user', owner: 'aa-owner', reason: 'sécurité', except: 'aa-other', subject: 'pseudonym' })
    const text = readJournal(readFileSync(path, 'utf8'))
    expect(text).toMatchObject({ damaged: 0, isTorn: false })
    expect(text.pending.map(({ mark }) => mark).sort()).toEqual(['mark-1', 'mark-3', 'mark-4', 'mark-5'])
    expect((await found()).at(-1)).toEqual({
      ...end(5),
      kind: 'user',
      owner: 'aa-owner',
      reason: 'sécurité',
      except: 'aa-other',
      subject: 'pseudonym',
    })
    await journal.close()
  })

  it('is empty once everything is done and it was closed', async () => {
    const journal = await openJournal(path, silentLogger)
    await journal.append(end(1))
    journal.done(end(1))
    await journal.close()
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it('is written anew before what is done outgrows what is not', async () => {
    const journal = await openJournal(path, silentLogger)
    await journal.append(end(0))
    for (let batch = 0; batch < 30; batch++) {
      const ends = Array.from({ length: 100 }, (_, index) => end(1 + batch * 100 + index))
      await Promise.all(ends.map((one) => journal.append(one)))
      for (const one of ends) journal.done(one)
    }
    await journal.append(end(9_999))
    expect(readFileSync(path, 'utf8').length).toBeLessThan(500_000)
    expect((await found()).map(({ mark }) => mark)).toEqual(['mark-0', 'mark-9999'])
    await journal.close()
  })

  it('loses none of the whole lines, whatever prefix of the last one a crash has left', () => {
    const lines = [1, 2, 3].map((number) => journalLine({ end: end(number) }))
    const whole = lines.join('')
    const before = whole.length - (lines[2]?.length ?? 0)
    for (let length = before; length <= whole.length; length++) {
      const { pending, damaged, isTorn } = readJournal(whole.slice(0, length))
      // The end of the line may be all that is missing.
      expect(pending.length, `${length}`).toBe(length >= whole.length - 1 ? 3 : 2)
      expect(damaged).toBe(0)
      expect(isTorn).toBe(length > before && length < whole.length - 1)
    }
  })

  it('goes on after a torn line, and takes every later one', async () => {
    const first = await openJournal(path, silentLogger)
    await first.append(end(1))
    appendFileSync(path, journalLine({ end: end(2) }).slice(0, 40))
    const second = await openJournal(path, silentLogger)
    expect(second.found).toEqual([end(1)])
    await second.append(end(3))
    expect((await found()).map(({ mark }) => mark)).toEqual(['mark-1', 'mark-3'])
    await Promise.all([first.close(), second.close()])
  })

  it('passes over a line in which any bit has changed, says so, and keeps the others', async () => {
    const lines = [1, 2, 3].map((number) => Buffer.from(journalLine({ end: end(number) })))
    const [first, second, third] = lines as [Buffer, Buffer, Buffer]
    // Without the end of the line: two lines that become one are both damaged.
    for (let bit = 0; bit < (second.length - 1) * 8; bit++) {
      const flipped = Buffer.from(second)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const { pending, damaged } = readJournal(Buffer.concat([first, flipped, third]).toString('utf8'))
      expect(
        pending.map(({ mark }) => mark),
        `bit ${bit}`,
      ).toEqual(['mark-1', 'mark-3'])
      expect(damaged).toBeGreaterThan(0)
    }
    const errors: unknown[] = []
    writeFileSync(path, Buffer.concat([first, Buffer.from('what is this\n'), third]))
    const journal = await openJournal(path, { ...silentLogger, error: (fields) => errors.push(fields) })
    expect(errors).toEqual([{ path, damaged: 1 }])
    await journal.close()
  })

  it.each([
    '[]',
    'null',
    '7',
    '{"v":1}',
    '{"v":2,"done":"x"}',
    '{"v":1,"end":{"key":"a"}}',
    '{"v":1,"end":{"kind":"session","key":1,"reason":"r","at":1,"mark":"m"}}',
    '{"v":1,"end":{"kind":"user","key":"k","reason":"r","at":1,"mark":"m"}}',
  ])('takes %s for no line of its own', (body) => {
    const line = `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`
    expect(readJournal(line)).toEqual({ pending: [], kept: [], marks: [], damaged: 1, isTorn: false })
  })

  it('has every end that was acknowledged when its process is killed at any moment', { timeout: 120_000 }, async () => {
    const program = await bundleWorker(fileURLToPath(new URL('journal-writer.ts', import.meta.url)))
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, [program.file, path], { stdio: ['ignore', 'pipe', 'inherit'] })
      let said = ''
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        // At a place that differs from round to round, in the midst of a write.
        if (said.split('\n').length > 3 + round * 7) child.kill('SIGKILL')
      })
      await new Promise((resolve) => child.on('close', resolve))
      const acknowledged = said.split('\n').slice(0, -1)
      expect(acknowledged.length).toBeGreaterThanOrEqual(3)
      const marks = new Set((await found()).map(({ mark }) => mark))
      expect(acknowledged.filter((mark) => !marks.has(mark))).toEqual([])
      rmSync(path)
    }
    program.remove()
  })

  it('keeps what the store has had, and how high its marks stood, through a start and through being written anew', async () => {
    const path = join(folder, 'kept')
    const marks = [{ id: 'aamark', version: 7, createdAt: 1, expiresAt: 2 }]
    const first = await openJournal(path, silentLogger)
    for (let at = 0; at < 3_000; at++) first.keep({ kind: 'session', key: `row-${at % 50}`, reason: 'logout', at, mark: `m${at % 50}` })
    first.marked([{ id: 'aamark', version: 6, createdAt: 1, expiresAt: 2 }])
    first.marked(marks)
    await first.close()
    const second = await openJournal(path, silentLogger)
    expect([second.kept.length, second.kept.at(-1)?.at, second.marks, second.found]).toEqual([50, 2_999, marks, []])
    await second.close()
    expect(readFileSync(path, 'utf8').split('\n').length).toBe(52)
  })
})
