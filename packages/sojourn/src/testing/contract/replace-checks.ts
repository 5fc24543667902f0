import assert from 'node:assert/strict'
import type { Row, Store } from '../../store/store.js'
import { race, turn } from './race.js'
import { sameRow } from './same-row.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from './sample.js'
import type { StoreCheck } from './store-check.js'

export const replaceChecks: readonly StoreCheck[] = [
  {
    name: 'replaces only the version that the new row names',
    async check(store) {
      const first = sampleRow({ owner: unique() }, 'first')
      const second = nextRow(first, { data: bytesOf('second'), expiresAt: first.expiresAt + 5 })
      await store.insert(first)
      assert.equal(await store.replace(second), true, 'version 2 over version 1')
      sameRow(await store.get(first.id), second, 'the replaced row')

      // Without a race: a store that only tests whether the row exists passes many storms.
      assert.equal(await store.replace({ ...second, data: bytesOf('late') }), false, 'version 2 over version 2')
      assert.equal(await store.replace(first), false, 'version 1 over version 2')
      assert.equal(await store.replace({ ...second, version: 4 }), false, 'version 4 over version 2')
      sameRow(await store.get(first.id), second, 'nothing changed')
    },
  },
  {
    name: 'lists a replaced row as it is now',
    async check(store) {
      const owner = unique()
      const row = sampleRow({ owner }, 'old')
      await store.insert(row)
      const next = nextRow(row, { data: bytesOf('new'), expiresAt: row.expiresAt + 5 })
      await store.replace(next)
      const [listed, ...others] = await store.list(owner)
      sameRow(listed, next, 'the listed row')
      assert.equal(others.length, 0, 'a replacement adds nothing to the list')
    },
  },
  {
    name: 'lets exactly one of a hundred racers replace a version',
    async check(store) {
      const row = sampleRow({ owner: unique() })
      await store.insert(row)
      const racers = Array.from({ length: 100 }, (_, place) => nextRow(row, { data: bytesOf(`racer ${place}`) }))
      const answers = await race(racers.length, (place) => store.replace(racers[place] ?? row))
      const winners = racers.filter((_, place) => answers[place])
      assert.equal(winners.length, 1, 'racers that were told they had replaced the row')
      assert.equal(textOf(await store.get(row.id)), textOf(winners[0]), 'what is stored')
    },
  },
  {
    name: 'loses no update when many count in one row',
    async check(store) {
      const row = sampleRow({}, '0')
      await store.insert(row)
      await race(20, () => countUp(store, row.id, 10))
      const counted = await store.get(row.id)
      assert.equal(textOf(counted), '200')
      assert.equal(counted?.version, 201, 'one version for each update')
    },
  },
  {
    name: 'never brings a removed row back',
    async check(store) {
      const owner = unique()
      const row = sampleRow({ owner })
      await store.insert(row)
      const seen = await store.get(row.id)
      await store.remove(row.id)
      assert.equal(await store.replace(nextRow(seen ?? row)), false, 'the late write of somebody who read it before')
      assert.equal(await store.get(row.id), undefined)
      assert.deepEqual(await store.list(owner), [])
      assert.equal(await store.insert(sampleRow({ owner })), 1, 'the count of its owner')
    },
  },
  {
    name: 'never brings a removed row back while others write it',
    async check(store) {
      await race(24, async (place) => {
        const owner = unique()
        const row = sampleRow({ owner }, '0')
        await store.insert(row)
        const remover = async (): Promise<void> => {
          // Falls into another phase of the writers each time.
          for (let turns = 0; turns < place % 8; turns++) await turn()
          assert.ok(await store.remove(row.id), 'the remover gets the row')
          assert.equal(await store.get(row.id), undefined, 'at once')
        }
        await Promise.all([remover(), race(4, () => writeUntilGone(store, row.id))])
        assert.equal(await store.get(row.id), undefined, 'after the last writer')
        assert.deepEqual(await store.list(owner), [])
      })
    },
  },
  {
    name: 'shows only whole rows while they are replaced',
    async check(store) {
      const owner = unique()
      const at = (version: number, row: Row): Row => ({ ...row, version, expiresAt: row.createdAt + version, data: bytesOf(`${version}`) })
      const first = at(1, sampleRow({ owner }))
      let done = false
      const assertWhole = (row: Row | undefined): void => {
        assert.ok(row)
        assert.deepEqual(
          [textOf(row), row.expiresAt - row.createdAt, row.owner],
          [`${row.version}`, row.version, owner],
          'parts of one version',
        )
      }
      const read = async (): Promise<void> => {
        while (!done) {
          assertWhole(await store.get(first.id))
          assertWhole((await store.list(owner))[0])
          await turn()
        }
      }
      const write = async (): Promise<void> => {
        try {
          for (let version = 2; version <= 30; version++) assert.equal(await store.replace(at(version, first)), true)
        } finally {
          done = true
        }
      }
      await store.insert(first)
      await Promise.all([race(4, read), write()])
    },
  },
]

/** Each refusal is somebody else's success, so nobody can be refused more often than there are updates in all. */
const MOST_TRIES = 10_000

async function countUp(store: Store, id: string, times: number): Promise<void> {
  let tries = 0
  for (let counted = 0; counted < times; tries++) {
    assert.ok(tries < MOST_TRIES, 'replace refuses although nobody else makes progress')
    const row = await store.get(id)
    assert.ok(row)
    await turn()
    if (await store.replace(nextRow(row, { data: bytesOf(`${Number(textOf(row)) + 1}`) }))) counted++
  }
}

/** Writes what it reads, and what it read a turn before, until the row is gone; then tries once more. */
async function writeUntilGone(store: Store, id: string): Promise<void> {
  let before: Row | undefined
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const row = await store.get(id)
    await turn()
    if (row === undefined) {
      if (before) assert.equal(await store.replace(nextRow(before)), false, 'a write after the row was gone')
      return
    }
    await store.replace(nextRow(row))
    before = row
  }
  assert.fail('the removed row is still there')
}
