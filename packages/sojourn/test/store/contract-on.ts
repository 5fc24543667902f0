import { it } from 'vitest'
import type { ScannableStore } from '../../src/store/store.js'
import { storeContract } from '../../src/testing/index.js'

/** Runs the whole contract on one store, which all checks share. */
export function contractOn(open: () => ScannableStore): void {
  it.each(storeContract)('$name', async ({ check }) => {
    await check(open())
  })
}
