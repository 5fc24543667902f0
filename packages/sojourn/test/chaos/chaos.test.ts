import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bundle, bundleWorker } from '../store/bundle-worker.js'
import { runChaos } from './run.js'
import { type Chaos, topologies } from './topologies.js'

/** `npm run chaos` sets these. */
const ONLY = process.env['SOJOURN_CHAOS_STORE']
const RUNS = Number(process.env['SOJOURN_CHAOS_RUNS'] ?? 1)
const SEED = Number(process.env['SOJOURN_CHAOS_SEED'] ?? 1)
const PATIENCE = 120_000

const chosen = Object.entries(topologies).filter(([name]) => ONLY === undefined || ONLY === name)

describe.each(chosen)('three processes on %s while it and they are maltreated', (name, open) => {
  let bundle: Bundle
  let chaos: Chaos
  beforeAll(async () => {
    ;[bundle, chaos] = await Promise.all([bundleWorker('../coherence/node-process.ts'), open()])
  }, PATIENCE)
  afterAll(async () => {
    bundle?.remove()
    await chaos?.stop()
  }, PATIENCE)

  test.each(Array.from({ length: RUNS }, (_, at) => SEED + at))(
    'accept nothing that was ended, and work again afterwards [TRM-1 TRM-3] (seed %i)',
    async (seed) => {
      const { history, faults } = await runChaos(chaos, bundle.file, seed)
      const { ok, validations, ends, everywhere, unknown } = history.counts
      if (ONLY !== undefined)
        process.stdout.write(
          `${name} seed ${seed}: ${faults.join(', ')}; ${validations} validations, ${ok} accepted, ${unknown} unknown; ${ends} ends, ${everywhere} everywhere; ${history.violations.length} violations\n`,
        )
      expect(history.violations, `seed ${seed}: ${faults.join(', ')}`).toEqual([])
      // A run in which nothing is answered would keep the promise as well.
      expect(ok).toBeGreaterThan(20)
      expect(everywhere).toBeGreaterThan(2)
    },
    PATIENCE,
  )
})
