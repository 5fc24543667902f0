import assert from 'node:assert/strict'
import { systemClock } from '../../clock.js'
import type { Row } from '../../store/store.js'
import { sameRow } from './same-row.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from './sample.js'
import type { StoreCheck } from './store-check.js'

/** The largest instant of a `Date`. */
const LAST_INSTANT = 8.64e15

const filled = (length: number, byte: (place: number) => number): Uint8Array => Uint8Array.from({ length }, (_, place) => byte(place))

/** What a careless caller does to everything it holds. */
function spoil(row: Row | undefined): void {
  assert.ok(row)
  row.data.fill(0xff)
  // A frozen row is one way to keep the law.
  if (!Object.isFrozen(row)) Object.assign(row, { owner: 'spoiled', version: 99, expiresAt: 0 })
}

export const dataChecks: readonly StoreCheck[] = [
  {
    name: 'hands bytes back exactly',
    async check(store) {
      const samples = [
        new Uint8Array(0),
        new Uint8Array(300),
        filled(256, (place) => place),
        filled(65_536, (place) => (place * 31 + (place >> 8)) & 0xff),
        // Not UTF-8, and text that quoting could hurt.
        Uint8Array.of(0xc3, 0x28, 0xed, 0xa0, 0x80, 0xff, 0xfe, 0x00, 0x0a, 0x0d),
        bytesOf(`'";--\r\n$1 ?\\0`),
        // A view into a larger array: only its own part counts.
        filled(64, (place) => place).subarray(10, 20),
      ]
      for (const data of samples) {
        const row = sampleRow({ owner: unique(), data })
        await store.insert(row)
        sameRow(await store.get(row.id), row, `${data.length} bytes, inserted`)
        const next = nextRow(row, { data: data.toReversed() })
        await store.replace(next)
        sameRow((await store.list(row.owner ?? ''))[0], next, `${data.length} bytes, replaced`)
        sameRow(await store.remove(row.id), next, `${data.length} bytes, removed`)
      }
    },
  },
  {
    name: 'keeps nothing of the array that it is given',
    async check(store) {
      const data = bytesOf('inserted')
      const row = sampleRow({ data })
      const inserting = store.insert(row)
      data.fill(0)
      await inserting
      assert.equal(textOf(await store.get(row.id)), 'inserted', 'changed before insert had answered')

      const second = bytesOf('replaced')
      const replacing = store.replace(nextRow(row, { data: second }))
      second.fill(0)
      await replacing
      assert.equal(textOf(await store.get(row.id)), 'replaced', 'changed before replace had answered')
      data.fill(1)
      second.fill(1)
      assert.equal(textOf(await store.get(row.id)), 'replaced', 'changed afterwards')
    },
  },
  {
    name: 'hands out nothing that it keeps',
    async check(store) {
      const owner = unique()
      const row = sampleRow({ owner }, 'untouched')
      const expected = { ...row, data: bytesOf('untouched') }
      await store.insert(row)
      spoil(row)
      spoil(await store.get(row.id))
      sameRow(await store.get(row.id), expected, 'after spoiling what get answered')
      const listed = await store.list(owner)
      spoil(listed[0])
      listed.pop()
      sameRow((await store.list(owner))[0], expected, 'after spoiling what list answered')
      sameRow(await store.remove(row.id), expected, 'what remove answers')
    },
  },
  {
    name: 'keeps milliseconds exactly',
    async check(store) {
      const now = systemClock.now()
      const instants = [now, now + 1, 2 ** 42 + 1, 2 ** 50 + 1, LAST_INSTANT - 1, LAST_INSTANT]
      for (const expiresAt of instants) {
        for (const createdAt of [0, 1, 2 ** 31 - 1, 2 ** 32 + 1, 1_700_000_000_123, LAST_INSTANT]) {
          const row = sampleRow({ createdAt, expiresAt })
          await store.insert(row)
          sameRow(await store.remove(row.id), row, 'created and expiring at odd instants')
        }
      }
    },
  },
  {
    name: 'keeps ids apart that differ only in case, length or punctuation',
    async check(store) {
      const base = unique()
      const long = `${base}${'Z'.repeat(64)}`.slice(0, 64)
      const ids = [
        base,
        base.toUpperCase(),
        `${base}A`,
        `${base}a`,
        `${base}-`,
        `${base}_`,
        `${base}0`,
        `${base}00`,
        `${base}1e3`,
        long,
        long.slice(0, 63),
      ]
      for (const id of ids) assert.equal(await store.insert(sampleRow({ id, owner: unique() }, id)), 1, `insert ${id}`)
      for (const id of ids) assert.equal(textOf(await store.get(id)), id, 'each has its own row')
      for (const id of ids) assert.equal(textOf(await store.remove(id)), id, 'each has its own row')
      for (const id of ids) assert.equal(await store.get(id), undefined)
    },
  },
  {
    name: 'hands out a row that has expired, since it has no clock',
    async check(store) {
      const owner = unique()
      const now = systemClock.now()
      // A store may drop rows a day after they expire, in case nobody sweeps.
      const row = sampleRow({ owner, createdAt: now - 7_200_000, expiresAt: now - 3_600_000 }, 'expired')
      assert.equal(await store.insert(row), 1)
      sameRow(await store.get(row.id), row, 'get')
      sameRow((await store.list(owner))[0], row, 'list')
      const next = nextRow(row, { expiresAt: now - 1 })
      assert.equal(await store.replace(next), true, 'it can be replaced')
      assert.equal(await store.insert(sampleRow({ owner })), 2, 'it counts')
      sameRow(await store.remove(row.id), next, 'it can be removed')
    },
  },
]
