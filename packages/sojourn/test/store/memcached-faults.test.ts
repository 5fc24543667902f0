import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { serverRing } from '../../src/store/memcached/ring.js'
import { memcachedStore } from '../../src/store/memcached.js'
import type { Row, Store } from '../../src/store/store.js'
import { turn } from '../../src/testing/contract/race.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { seededRandom } from '../../src/testing/index.js'
import { type MemcachedServer, startMemcached } from '../servers/memcached.js'
import { startProxy } from '../servers/memcached-proxy.js'

const [first, second] = await Promise.all([startMemcached('-M'), startMemcached('-M')])
const proxy = await startProxy(first)

async function open(options: Partial<Parameters<typeof memcachedStore>[0]> = {}): Promise<Store> {
  const store = await memcachedStore({ servers: [first.address], ...options })
  onTestFinished(() => store.close())
  return store
}

const UNAVAILABLE = { code: 'STORE_UNAVAILABLE', status: 503 }

/** Waits until the store answers again, as a caller that gets 503 tries again. */
async function whenBack(store: Store, id: string): Promise<Row | undefined> {
  const end = systemClock.monotonic() + 10_000
  for (;;) {
    try {
      return await store.get(id)
    } catch (fault) {
      if (systemClock.monotonic() > end) throw fault
      await turn()
    }
  }
}

const causeOf = async (verb: Promise<unknown>): Promise<string> => {
  const fault: unknown = await verb.then(
    (answer) => answer,
    (thrown: unknown) => thrown,
  )
  expect(fault).toMatchObject(UNAVAILABLE)
  return fault instanceof Error ? String(fault.cause) : ''
}

const isAnswerToGet = (text: string): boolean => text.startsWith('VA ')

/** The first answer, in its two parts with their line ends, and what comes after it. */
function partsOf(text: string): { readonly head: string; readonly value: string; readonly rest: string } {
  const head = /^VA (\d+)[^\r]*\r\n/.exec(text)
  const [valueAt, size] = [head?.[0].length ?? 0, Number(head?.[1]) + 2]
  return { head: text.slice(0, valueAt), value: text.slice(valueAt, valueAt + size), rest: text.slice(valueAt + size) }
}

describe('memcachedStore on a line that lies', () => {
  const lies: readonly (readonly [string, (text: string) => string])[] = [
    ['answers with the opaque of another question', (text) => text.replace(/ O\w+/, ' Ozz')],
    ['answers without opaque', (text) => text.replace(/ O\w+/, '')],
    ['answers with another key', (text) => text.replace(/ k\S+/, ' ksojourn:r:other')],
    ['answers with fewer bytes than it announces', (text) => text.replace(/^VA \d+/, (head) => `VA ${Number(head.slice(3)) - 1}`)],
    ['announces a gigabyte', (text) => text.replace(/^VA \d+/, 'VA 1073741824')],
    ['sends a line without end', () => 'x'.repeat(100_000)],
    ['sends answers that nobody asked for', (text) => `HD\r\n${text}`],
    ['sends an answer twice', (text) => partsOf(text).head + partsOf(text).value + text],
    ['answers ERROR', () => 'ERROR\r\n'],
    ['answers CLIENT_ERROR', () => 'CLIENT_ERROR bad command line format\r\n'],
    ['answers without a number of CAS', (text) => text.replace(/ c\d+/, ' c0')],
    ['changes a byte of the value', (text) => text.replace('honest', 'honesT')],
    [
      'hands out the value of another key',
      (text) => `${partsOf(text).head}${'y'.repeat(partsOf(text).value.length - 2)}\r\n${partsOf(text).rest}`,
    ],
  ]

  it.each(lies)('throws STORE_UNAVAILABLE at once when it %s, and is right again afterwards', async (_, lie) => {
    const store = await open({ servers: [proxy.address], connections: 1, timeout: 5_000 })
    const row = sampleRow({}, 'honest')
    await store.insert(row)
    // Lines of memcached are latin1 here, so that bytes pass unchanged.
    proxy.answers = (piece) => {
      const text = piece.toString('latin1')
      return isAnswerToGet(text) ? Buffer.from(lie(text), 'latin1') : piece
    }
    onTestFinished(() => {
      proxy.answers = undefined
    })
    const outcomes = await Promise.allSettled([store.get(row.id), store.get(row.id)])
    proxy.answers = undefined
    for (const outcome of outcomes) {
      // The second question may have been answered before the lie reached it, never with anything but the truth.
      if (outcome.status === 'fulfilled') expect(textOf(outcome.value)).toBe('honest')
      else {
        expect(outcome.reason).toMatchObject(UNAVAILABLE)
        expect(String(outcome.reason.cause)).not.toContain('in time')
        expect(String(outcome.reason.cause)).not.toContain(row.id)
      }
    }
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    expect(textOf(await whenBack(store, row.id))).toBe('honest')
  })

  it('gives the true row, or throws, through three thousand damaged answers', async () => {
    const seed = Number(process.env.SOJOURN_TEST_SEED ?? 20_261_121)
    const random = seededRandom(seed)
    const store = await open({ servers: [proxy.address], connections: 1, timeout: 250 })
    const rows = Array.from({ length: 10 }, (_, place) => sampleRow({ owner: unique() }, `row ${place}`))
    for (const row of rows) await store.insert(row)
    onTestFinished(() => {
      proxy.answers = undefined
    })
    proxy.answers = (piece) => {
      if (random.below(4) > 0) return piece
      const damaged = Buffer.from(piece)
      damaged[random.below(piece.length)] = random.below(256)
      return damaged
    }
    let [told, thrown] = [0, 0]
    for (let round = 0; round < 300; round++) {
      await Promise.all(
        rows.map(async (row) => {
          const [outcome] = await Promise.allSettled([store.get(row.id)])
          if (outcome?.status === 'fulfilled') {
            expect(textOf(outcome.value), `seed ${seed}`).toBe(textOf(row))
            told++
          } else {
            expect(outcome?.reason).toMatchObject(UNAVAILABLE)
            thrown++
          }
        }),
      )
      await turn()
    }
    expect(told).toBeGreaterThan(50)
    expect(thrown).toBeGreaterThan(50)
  })
})

describe('memcachedStore on a line that breaks', () => {
  it('throws, does not send again, and uses no connection that it gave up', async () => {
    const store = await open({ servers: [proxy.address], connections: 1 })
    const row = sampleRow()
    await store.insert(row)
    let writes = 0
    proxy.gate = async (piece) => {
      if (!piece.toString('latin1').startsWith('md ')) return
      writes++
      proxy.cut()
    }
    expect(await causeOf(store.remove(row.id))).toMatch(/ECONNRESET|closed/)
    proxy.gate = undefined
    proxy.mend()
    expect(writes).toBe(1)
    expect(await whenBack(store, row.id), 'the deletion had not gone through').toBeDefined()
  })

  it('answers at once, without asking, while it knows that the server is away [AVL-2]', async () => {
    const store = await open({ servers: [proxy.address], connections: 1 })
    proxy.cut()
    await causeOf(store.get('x'))
    const before = proxy.connections
    const causes = await Promise.all(Array.from({ length: 100 }, () => causeOf(store.get('x'))))
    proxy.mend()
    expect(new Set(causes).size).toBe(1)
    expect(proxy.connections).toBe(before)
    expect(await whenBack(store, 'x')).toBeUndefined()
  })

  it('asks no more than maxPending at once [AVL-2]', async () => {
    const store = await open({ connections: 1, maxPending: 50 })
    // First while the connection is being made, then on it.
    for (let round = 0; round < 2; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 80 }, () => store.get('x')))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(50)
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: UNAVAILABLE })
    }
    expect(await store.get('x')).toBeUndefined()
  })
})

describe('one of two servers', () => {
  const servers = [first.address, second.address]
  const ring = serverRing(servers)
  // Which bucket is whose depends on the ports: five of each.
  const letters = [...'abcdefghijklmnopqrstuvwxyz']
  const ofServer = (server: number): readonly string[] =>
    letters
      .map((letter) => `${letter}7`)
      .filter((bucket) => ring(bucket) === server)
      .slice(0, 5)
  const buckets = [...ofServer(0), ...ofServer(1)]
  const isOnSecond = ({ id }: Row): boolean => ring(id) === 1

  async function filled(store: Store): Promise<{ readonly here: readonly Row[]; readonly there: readonly Row[] }> {
    const rows = buckets.map((bucket) => sampleRow({ id: unique(bucket), owner: unique(bucket) }, bucket))
    for (const row of rows) expect(await store.insert(row)).toBe(1)
    const [here, there] = [rows.filter((row) => !isOnSecond(row)), rows.filter(isOnSecond)]
    expect(Math.min(here.length, there.length)).toBeGreaterThan(1)
    return { here, there }
  }

  const verbsOn = (store: Store, row: Row): readonly (() => Promise<unknown>)[] => [
    () => store.get(row.id),
    () => store.replace(nextRow(row)),
    () => store.remove(row.id),
    () => store.list(row.owner ?? ''),
    () => store.insert(sampleRow({ id: unique(row.id.slice(0, 2)), owner: row.owner })),
  ]

  it('that was killed: its rows cannot be told, nobody takes them over, and they are gone when it is back', async () => {
    const store = await open({ servers, prefix: 'killed:' })
    const { here, there } = await filled(store)
    await second.kill()
    onTestFinished(() => second.restart())
    for (const row of there) for (const verb of verbsOn(store, row)) await expect(verb()).rejects.toMatchObject(UNAVAILABLE)
    for (const row of here) expect(textOf(await store.get(row.id))).toBe(textOf(row))
    expect(
      (await first.keys()).filter((key) =>
        there.some(({ id }) => key.includes(id.slice(0, 2)) && key.startsWith('killed:r:') && key.endsWith(id)),
      ),
    ).toEqual([])
    await second.restart()
    for (const row of there) {
      expect(await whenBack(store, row.id)).toBeUndefined()
      expect(await store.list(row.owner ?? '')).toEqual([])
      expect(await store.replace(nextRow(row)), 'a late write').toBe(false)
      expect(await store.get(row.id)).toBeUndefined()
      expect(await store.insert(sampleRow({ id: unique(row.id.slice(0, 2)), owner: row.owner }))).toBe(1)
    }
    for (const row of here) expect(textOf(await store.get(row.id))).toBe(textOf(row))
  })

  it('that has stopped: its verbs end at their deadline, the other server goes on, and it is right again afterwards', async () => {
    const store = await open({ servers, prefix: 'stopped:', timeout: 150 })
    const { here, there } = await filled(store)
    await second.pause()
    onTestFinished(() => second.resume())
    for (const row of there) {
      for (const verb of verbsOn(store, row).slice(0, 2)) {
        const start = systemClock.monotonic()
        await expect(verb()).rejects.toMatchObject(UNAVAILABLE)
        expect(systemClock.monotonic() - start).toBeLessThan(600)
      }
      for (const other of here) expect(textOf(await store.get(other.id))).toBe(textOf(other))
    }
    second.resume()
    for (const row of there) {
      // The replacement that was given up may have been carried out when the server woke; that is why it threw.
      expect([1, 2]).toContain((await whenBack(store, row.id))?.version)
      expect(await store.remove(row.id)).toBeDefined()
      expect(await store.get(row.id)).toBeUndefined()
      expect(await store.list(row.owner ?? '')).toEqual([])
    }
  })
})

/** Whether rows and lists say the same, which they must whatever was lost. */
async function expectOneStory(store: Store, rows: readonly Row[]): Promise<number> {
  let alive = 0
  for (const row of rows) {
    const found = await store.get(row.id)
    const listed = (await store.list(row.owner ?? '')).some(({ id }) => id === row.id)
    if (found === undefined) continue
    alive++
    expect(textOf(found)).toBe(textOf(row))
    expect(listed, 'a row that can be used is on its list').toBe(true)
  }
  return alive
}

const manyRows = (count: number): readonly Row[] => {
  const owners = Array.from({ length: count / 4 }, () => unique())
  return Array.from({ length: count }, (_, place) => sampleRow({ owner: owners[place % owners.length] ?? null }, `${place}`.repeat(100)))
}

const statOf = async (server: MemcachedServer, name: string): Promise<number> =>
  Number(new RegExp(`STAT ${name} (\\d+)`).exec(await server.raw('stats\r\n'))?.[1])

describe('memcachedStore on a server that is too small', () => {
  it('loses sessions to evictions whole: not found, on no list, and never back', async () => {
    const small = await startMemcached('-m', '2')
    const store = await open({ servers: [small.address] })
    const rows = manyRows(4_000)
    for (let done = 0; done < rows.length; done += 100) await Promise.all(rows.slice(done, done + 100).map((row) => store.insert(row)))
    expect(await statOf(small, 'evictions')).toBeGreaterThan(100)
    const alive = await expectOneStory(store, rows)
    expect(alive).toBeGreaterThan(0)
    expect(alive).toBeLessThan(rows.length)
    const gone: Row[] = []
    for (const row of rows) if ((await store.get(row.id)) === undefined) gone.push(row)
    for (const row of gone) expect(await store.replace(nextRow(row)), 'a late write').toBe(false)
    for (const row of gone) expect(await store.get(row.id)).toBeUndefined()
  })

  it('throws when it is full and told not to evict, and tells one story about what it has', async () => {
    const small = await startMemcached('-m', '2', '-M')
    const store = await open({ servers: [small.address] })
    const rows = manyRows(8_000)
    let refused = 0
    for (let done = 0; done < rows.length; done += 100) {
      const outcomes = await Promise.allSettled(rows.slice(done, done + 100).map((row) => store.insert(row)))
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue
        expect(outcome.reason).toMatchObject({ ...UNAVAILABLE, cause: { message: expect.stringContaining('-m') } })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
    expect(await statOf(small, 'evictions')).toBe(0)
    await expectOneStory(store, rows)
    const another = await open({ servers: [small.address] })
    expect(await another.insert(sampleRow({ data: bytesOf('x') })).catch(() => 1), 'a store can be opened on it').toBe(1)
  })
})
