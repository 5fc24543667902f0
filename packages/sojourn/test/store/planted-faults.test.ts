import { describe, expect, it } from 'vitest'
import type { ScannableStore } from '../../src/store/store.js'
import { storeContract } from '../../src/testing/store-contract.js'
import { plainStore } from './faults/plain-store.js'
import { faults, faultyStore } from './faulty.js'

/** The names of the checks that go red on this store. */
async function redOn(store: ScannableStore): Promise<string[]> {
  const red: string[] = []
  for (const { name, check } of storeContract) {
    try {
      await check(store)
    } catch (fault) {
      // A check that fails for another reason than an assertion has a mistake of its own.
      expect(fault).toMatchObject({ code: 'ERR_ASSERTION' })
      red.push(name)
    }
  }
  return red
}

describe('the store contract', () => {
  it('is green on the healthy twin of the faulty stores', async () => {
    expect(await redOn(plainStore())).toEqual([])
  })

  it.each(faults)('catches: $name', async (fault) => {
    const red = await redOn(faultyStore(fault))
    expect(red).toEqual(expect.arrayContaining([...fault.breaks]))
  })

  it('has no check that catches nothing', async () => {
    const caught = new Set<string>()
    for (const fault of faults) for (const name of await redOn(faultyStore(fault))) caught.add(name)
    expect(storeContract.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([])
  })

  it('has a name of its own for each check', () => {
    expect(new Set(storeContract.map(({ name }) => name)).size).toBe(storeContract.length)
  })
})
