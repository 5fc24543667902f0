import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'
import { exportRows } from '../../src/moving/export-rows.js'
import { importRows } from '../../src/moving/import-rows.js'
import { MAX_LINE } from '../../src/moving/row-line.js'
import { splitLines } from '../../src/moving/split-lines.js'
import type { ScannableStore } from '../../src/store/store.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { rowsOf } from './restless-store.js'

const KEYS = { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255) }
const OTHER_KEYS = { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 151 + 97) & 255) }

async function filled(count: number): Promise<ScannableStore> {
  const store = await memoryStore()
  for (let place = 0; place < count; place++) {
    await store.insert(sampleRow({ owner: place % 3 === 0 ? null : unique(), version: 1 + (place % 4), expiresAt: place }, `row ${place}`))
  }
  return store
}

async function exported(store: ScannableStore): Promise<string[]> {
  const lines: string[] = []
  await exportRows(store, (line) => void lines.push(line))
  return lines
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  for (const item of items) yield item
}

const managerOn = (store: ScannableStore, keys = KEYS): Promise<SessionManager> =>
  createSessionManager({ storage: { ...store, isVolatile: false, close: async () => {} }, keys, cleanupInterval: 0 })

describe('a backup', () => {
  it('brings every row back as it was', async () => {
    const from = await filled(1_500)
    const lines: string[] = []
    const written = await exportRows(from, async (line) => void lines.push(line))
    expect(written).toMatchObject({ rows: 1_500, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(lines).toHaveLength(1_502)
    expect(lines.every((line) => !line.includes('\n'))).toBe(true)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ format: 'sojourn-rows', version: 1 })
    const to = await memoryStore()
    const told: number[] = []
    expect(await importRows(to, each(lines), { onProgress: (so) => told.push(so.rows) })).toEqual({
      ...written,
      stored: 1_500,
      skipped: 0,
      superseded: 0,
    })
    expect(await rowsOf(to)).toEqual(await rowsOf(from))
    expect(told).toEqual([500, 1_000, 1_500])
  })

  it('opens again only with the key of its installation, and has no secret in clear', async () => {
    const from = await memoryStore()
    const manager = await managerOn(from)
    const { token, id } = await manager.createSession('alice@example.org', { ipAddress: '203.0.113.7' }, { data: { note: 'hush' } })
    await manager.close()
    const lines = await exported(from)
    expect(JSON.parse(lines[1] ?? '').id, 'the keys come first').toBe('aakeyring')
    const text = lines.map((line) => `${line} ${Buffer.from(String(JSON.parse(line).data), 'base64').toString('latin1')}`).join('\n')
    for (const secret of [token, token.slice(28, 71), 'alice', '203.0.113.7', 'hush']) expect(text).not.toContain(secret)

    const to = await memoryStore()
    await importRows(to, each(lines))
    const restored = await managerOn(to)
    expect(await restored.validateSession(token)).toMatchObject({
      isValid: true,
      session: { id, userId: 'alice@example.org', data: { note: 'hush' } },
    })
    await restored.close()
    await expect(managerOn(to, OTHER_KEYS)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: 'keys' })
  })

  it('is an empty file of rows for an empty store', async () => {
    const lines = await exported(await memoryStore())
    expect(lines).toHaveLength(2)
    expect(await importRows(await memoryStore(), each(lines))).toMatchObject({ rows: 0, stored: 0 })
  })

  it('can be imported again from its beginning after it was cut off', async () => {
    const lines = await exported(await filled(50))
    const to = await memoryStore()
    await expect(importRows(to, each(lines.slice(0, 34)))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: 'line 35',
      message: expect.stringMatching(/trailer/),
    })
    const stored = (await rowsOf(to)).length
    expect(stored).toBeGreaterThan(16)
    expect(await importRows(to, each(lines))).toMatchObject({ stored: 50 - stored, skipped: stored, superseded: 0 })
  })

  it('never puts an older version over a newer one, or a session over its end', async () => {
    const row = sampleRow({ owner: unique(), version: 3 }, 'alive')
    const from = await memoryStore()
    await from.insert(row)
    const lines = await exported(from)
    for (const there of [
      nextRow(row, { data: bytesOf('newer') }),
      nextRow(row, { owner: null, data: bytesOf('ended') }),
      { ...row, version: 2, owner: null, data: bytesOf('ended') },
    ]) {
      const to = await memoryStore()
      await to.insert(there)
      expect(await importRows(to, each(lines))).toMatchObject({ stored: 0, skipped: 0, superseded: 1 })
      expect(await to.get(row.id)).toEqual(there)
    }
    const to = await memoryStore()
    await to.insert({ ...row, version: 1, data: bytesOf('older') })
    expect(await importRows(to, each(lines))).toMatchObject({ stored: 1 })
    expect(textOf(await to.get(row.id))).toBe('alive')
  })

  it('keeps a session ended that has ended since', async () => {
    const store = await memoryStore()
    const manager = await managerOn(store)
    const { token } = await manager.createSession('alice')
    const lines = await exported(store)
    await manager.terminateSession(token)
    await importRows(store, each(lines))
    expect(await manager.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
    await manager.close()
  })

  it('is not mixed with the sessions of another installation', async () => {
    const [from, to] = [await memoryStore(), await memoryStore()]
    await (await managerOn(from)).close()
    await (await managerOn(to, OTHER_KEYS)).close()
    await expect(importRows(to, each(await exported(from)))).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await rowsOf(to)).toHaveLength(1)
  })
})

describe('importRows refuses', async () => {
  const lines = await exported(await filled(12))
  const edited = (at: number, edit: (line: string) => string): string[] =>
    lines.map((line, index) => (index === at - 1 ? edit(line) : line))
  const changed = (at: number, field: string, value: unknown): string[] =>
    edited(at, (line) => JSON.stringify({ ...JSON.parse(line), [field]: value }))

  const bad: Readonly<Record<string, { readonly of: readonly string[]; readonly at: number; readonly says: RegExp }>> = {
    'an empty file': { of: [], at: 1, says: /empty/ },
    'another kind of file': { of: ['{"hello":1}'], at: 1, says: /sojourn-rows/ },
    'text that is not JSON': { of: ['hello'], at: 1, says: /JSON/ },
    'another version': { of: changed(1, 'version', 2), at: 1, says: /version 2.*reads version 1/ },
    'a file without its first line': { of: lines.slice(1), at: 1, says: /sojourn-rows/ },
    'a file that was cut off between two lines': { of: lines.slice(0, -3), at: 12, says: /cut off/ },
    'a file that was cut off within a line': { of: [...lines.slice(0, 6), lines[6]?.slice(0, 40) ?? ''], at: 7, says: /JSON.*cut off/ },
    'a file from which a row was taken': { of: lines.toSpliced(4, 1), at: 13, says: /12 rows, but 11/ },
    'a file to which a row was added': { of: lines.toSpliced(4, 0, lines[5] ?? ''), at: 15, says: /12 rows, but 13/ },
    'a file in which a row was put in the place of another': { of: lines.toSpliced(4, 1, lines[5] ?? ''), at: 14, says: /checksum/ },
    'a row that was changed': { of: changed(5, 'owner', 'abnobody'), at: 14, says: /checksum/ },
    'a row that was ended backwards': { of: changed(5, 'version', 7), at: 14, says: /checksum/ },
    'a row in another spelling': { of: edited(5, (line) => line.replace('{', '{ ')), at: 5, says: /not a row/ },
    'a row with an unknown field': { of: changed(5, 'more', 1), at: 5, says: /not a row/ },
    'a row without id': { of: changed(5, 'id', undefined), at: 5, says: /not a row/ },
    'an id that no store could hold': { of: changed(5, 'id', 'a b'), at: 5, says: /not a row/ },
    'an owner that is a number': { of: changed(5, 'owner', 7), at: 5, says: /not a row/ },
    'a version that is no number': { of: changed(5, 'version', '1'), at: 5, says: /not a row/ },
    'version 0': { of: changed(5, 'version', 0), at: 5, says: /not a row/ },
    'an instant that is no number': { of: changed(5, 'expiresAt', null), at: 5, says: /not a row/ },
    'an instant with a fraction': { of: changed(5, 'createdAt', 1.5), at: 5, says: /not a row/ },
    'data that is not base64': { of: changed(5, 'data', 'a-b_'), at: 5, says: /not a row/ },
    'base64 with stray bits': { of: changed(5, 'data', 'ab=='), at: 5, says: /not a row/ },
    'a row that is an array': { of: edited(5, () => '[]'), at: 5, says: /object/ },
    'a row that is null': { of: edited(5, () => 'null'), at: 5, says: /object/ },
    'a line that is too long': { of: edited(5, () => `"${'x'.repeat(MAX_LINE)}"`), at: 5, says: /characters/ },
    'something behind the trailer': { of: [...lines, lines[3] ?? ''], at: 15, says: /follows the trailer/ },
    'two files joined': { of: [...lines, ...lines], at: 15, says: /follows the trailer/ },
  }

  it.each(Object.keys(bad))('%s', async (name) => {
    const { of, at, says } = bad[name]!
    await expect(importRows(await memoryStore(), each(of))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: `line ${at}`,
      message: expect.stringMatching(says),
    })
  })
})

describe('splitLines', () => {
  async function split(chunks: readonly Uint8Array[]): Promise<string[]> {
    const lines: string[] = []
    for await (const line of splitLines(each(chunks))) lines.push(line)
    return lines
  }

  it('finds the same lines however the bytes come', async () => {
    const text = 'one\n\nzwei ü\n日本\nlast'
    for (const size of [1, 2, 3, 7, 100]) {
      const bytes = bytesOf(text)
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.slice(at * size, (at + 1) * size))
      expect(await split(chunks)).toEqual(text.split('\n'))
    }
    expect(await split([bytesOf('a\nb\n')])).toEqual(['a', 'b'])
    expect(await split([])).toEqual([])
  })

  it('refuses a line that is too long before it is in memory as a whole', async () => {
    const part = new Uint8Array(1_048_576).fill(0x78)
    let taken = 0
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      yield bytesOf('first\n')
      for (; ; taken++) yield part
    }
    const read = async (): Promise<void> => {
      for await (const line of splitLines(endless())) expect(line).toBe('first')
    }
    await expect(read()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'line 2' })
    expect(taken).toBeLessThan(6)
  })

  it('and importRows read what was written', async () => {
    const from = await filled(30)
    const file = bytesOf(`${(await exported(from)).join('\n')}\n`)
    const to = await memoryStore()
    await importRows(to, splitLines(each([file.subarray(0, 777), file.subarray(777)])))
    expect(await rowsOf(to)).toEqual(await rowsOf(from))
  })
})
