import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'
import { moveRows } from '../../src/moving/move-rows.js'
import { movingStore } from '../../src/moving/moving-store.js'
import type { Row, ScannableStore } from '../../src/store/store.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { type HaltAt, type Halting, halting } from './halting-store.js'
import { rowsOf } from './restless-store.js'

interface Scene {
  readonly from: ScannableStore
  readonly to: ScannableStore
  readonly row: Row
}

/** What lies where when the node begins. The row is version 5 and lives. */
const SCENES: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  'nothing was moved': async () => {},
  'a crash left a copy': ({ to, row }) => to.insert(row),
  'an older copy was left': ({ to, row }) => to.insert({ ...row, version: 4, data: bytesOf('older') }),
  'a much older copy was left': ({ to, row }) => to.insert({ ...row, version: 2, data: bytesOf('oldest') }),
}

const renewed = (row: Row): Row => nextRow(row, { data: bytesOf('renewed') })

/** Everything that can bring a row over. Those that answer have done what they say. */
const DEEDS: Readonly<
  Record<string, (node: ScannableStore, stores: readonly [ScannableStore, ScannableStore], row: Row) => Promise<unknown>>
> = {
  get: (node, _, row) => node.get(row.id),
  replace: (node, _, row) => node.replace(renewed(row)),
  'remove by version': (node, _, row) => node.remove(row.id, row.version),
  remove: (node, _, row) => node.remove(row.id),
  list: (node, _, row) => node.list(row.owner ?? ''),
  'insert of a second row': (node, _, row) => node.insert(sampleRow({ owner: row.owner })),
  'insert of the same id': (node, _, row) => node.insert({ ...row, version: 1 }),
  'the first page of a walk': (node) => node.scan({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10 }),
  moveRows: (_, [from, to]) => moveRows(from, to),
}

async function setUp(prepare: (scene: Scene) => Promise<unknown>): Promise<Scene> {
  const scene = { from: await memoryStore(), to: await memoryStore(), row: sampleRow({ owner: unique(), version: 5 }, 'alive') }
  await scene.from.insert(scene.row)
  await prepare(scene)
  return scene
}

function start({ from, to, row }: Scene, deed: keyof typeof DEEDS, at: HaltAt | undefined): { halt: Halting; done: Promise<unknown> } {
  const halt = halting(at)
  const reached = [halt.reach(from), halt.reach(to)] as const
  const act = DEEDS[deed]
  if (act === undefined) throw new Error(deed)
  return { halt, done: act(movingStore(...reached), reached, row) }
}

/** Every way in which a node can stop while it does this. */
async function haltsOf(deed: keyof typeof DEEDS, prepare: (scene: Scene) => Promise<unknown>): Promise<HaltAt[]> {
  const { halt, done } = start(await setUp(prepare), deed, undefined)
  await done
  return Array.from({ length: halt.calls() }, (_, call) => [false, true].map((isDone) => ({ call: call + 1, isDone }))).flat()
}

/** Runs `check` for every deed, scene, and place to stop; the node has stopped there when it is called. */
async function atEveryHalt(deed: string, check: (scene: Scene, halt: Halting, done: Promise<unknown>) => Promise<void>): Promise<number> {
  let checked = 0
  for (const [name, prepare] of Object.entries(SCENES)) {
    for (const at of await haltsOf(deed, prepare)) {
      const scene = await setUp(prepare)
      const { halt, done } = start(scene, deed, at)
      await halt.stopped
      await check(scene, halt, done).catch((cause: unknown) => {
        throw new Error(`${name}; stopped ${at.isDone ? 'after' : 'before'} call ${at.call}`, { cause })
      })
      checked++
    }
  }
  return checked
}

const deeds = Object.keys(DEEDS)

describe('a node that stops for ever in the middle of moving a row', () => {
  it.each(deeds)('loses nothing, and nothing comes back: %s', async (deed) => {
    const checked = await atEveryHalt(deed, async ({ from, to, row }) => {
      const next = movingStore(from, to)
      const found = await next.get(row.id)
      const possible = deed === 'replace' ? ['alive', 'renewed'] : deed.startsWith('remove') ? ['alive', undefined] : ['alive']
      expect(possible).toContain(textOf(found))
      expect(await from.get(row.id), 'it has left the old store').toBeUndefined()
      const listed = (await next.list(row.owner ?? '')).filter(({ id }) => id === row.id)
      expect(listed, 'the list says the same').toEqual(found === undefined ? [] : [found])
      expect(
        (await rowsOf(next)).filter(({ id }) => id === row.id),
        'and so does a walk',
      ).toEqual(listed)
      if (found !== undefined) expect(await next.replace(nextRow(found)), 'and it goes on from there').toBe(true)
    })
    expect(checked).toBeGreaterThan(20)
  })
})

/** What others do to the row while the node sleeps; afterwards nobody may ever find it alive. */
const ENDS: Readonly<Record<string, (other: ScannableStore, row: Row) => Promise<void>>> = {
  'is ended': async (other, row) => {
    const found = await other.get(row.id)
    if (found !== undefined && found.owner !== null)
      expect(await other.replace(nextRow(found, { owner: null, data: bytesOf('ended') }))).toBe(true)
  },
  'is taken out': async (other, row) => {
    await other.remove(row.id)
  },
  'is ended and taken out': async (other, row) => {
    const found = await other.get(row.id)
    if (found === undefined) return
    await other.replace(nextRow(found, { owner: null, data: bytesOf('ended') }))
    expect(await other.remove(row.id)).toBeDefined()
  },
}

describe('a node that wakes up after the row that it was moving', () => {
  for (const [end, act] of Object.entries(ENDS)) {
    it.each(deeds)(`${end}, brings it back neither for a moment nor for good: %s`, async (deed) => {
      await atEveryHalt(deed, async ({ from, to, row }, halt, done) => {
        const other = movingStore(from, to)
        await act(other, row)
        const wasThere = await other.get(row.id)
        halt.wake()
        // While it goes on, and when it has come to its end.
        let isDone = false
        const finished = done
          .catch((error: unknown) => expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' }))
          .finally(() => {
            isDone = true
          })
        const look = async (): Promise<void> => {
          const found = await other.get(row.id)
          // The node may insert a new row under an id that is free, and take out the end of the old one; nothing else.
          if (found?.version !== 1 && found !== undefined) expect(found).toEqual(wasThere)
          if (found === undefined && wasThere !== undefined) expect(deed).toBe('remove')
          const versions = [found, ...(await other.list(row.owner ?? ''))].filter((one) => one?.id === row.id && textOf(one) !== 'ended')
          expect(versions.every((one) => deed === 'insert of the same id' && one?.version === 1)).toBe(true)
        }
        while (!isDone) await look()
        await finished
        await look()
      })
    })
  }
})

describe('a node of before the move, which knows the old store only', () => {
  it('is not overtaken: what it writes while the row is on its way is what is moved', async () => {
    const prepare = SCENES['nothing was moved']!
    for (const at of await haltsOf('get', prepare)) {
      const scene = await setUp(prepare)
      const { halt, done } = start(scene, 'get', at)
      await halt.stopped
      const ended = nextRow(scene.row, { owner: null, data: bytesOf('ended') })
      const isWritten = await scene.from.replace(ended)
      halt.wake()
      await done
      const found = await movingStore(scene.from, scene.to).get(scene.row.id)
      expect(textOf(found)).toBe(isWritten ? 'ended' : 'alive')
      expect(await scene.from.get(scene.row.id)).toBeUndefined()
    }
  })
})

describe('two nodes that move the same row', () => {
  it('never lose what a third one wrote, wherever both of them stop', async () => {
    const halts = await haltsOf('get', SCENES['nothing was moved']!)
    for (const first of halts) {
      for (const second of halts) {
        const scene = await setUp(SCENES['nothing was moved']!)
        const [a, b] = [start(scene, 'get', first), start(scene, 'get', second)]
        await Promise.race([a.halt.stopped, a.done])
        await Promise.race([b.halt.stopped, b.done])
        const third = movingStore(scene.from, scene.to)
        expect(await third.replace(renewed(scene.row))).toBe(true)
        b.halt.wake()
        await b.done
        a.halt.wake()
        await a.done
        expect(textOf(await third.get(scene.row.id))).toBe('renewed')
        expect(await scene.from.get(scene.row.id)).toBeUndefined()
      }
    }
  })
})
