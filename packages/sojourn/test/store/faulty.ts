import type { ScannableStore } from '../../src/store/store.js'
import { dataFaults } from './faults/data-faults.js'
import type { Fault } from './faults/fault.js'
import { indexFaults } from './faults/index-faults.js'
import { plainStore } from './faults/plain-store.js'
import { scanFaults } from './faults/scan-faults.js'
import { writeFaults } from './faults/write-faults.js'

export const faults: readonly Fault[] = [...writeFaults, ...indexFaults, ...dataFaults, ...scanFaults]

/** The healthy twin with one fault in it. */
export function faultyStore({ plant }: Fault): ScannableStore {
  const store = plainStore()
  return { ...store, ...plant(store) }
}
