import { dataChecks } from './contract/data-checks.js'
import { insertChecks } from './contract/insert-checks.js'
import { listChecks } from './contract/list-checks.js'
import { removeChecks } from './contract/remove-checks.js'
import { replaceChecks } from './contract/replace-checks.js'
import { scanChecks } from './contract/scan-checks.js'
import type { StoreCheck } from './contract/store-check.js'

/**
 * Every law of `Store`, as checks for any test runner: they need `node:assert` only, sleep never, and close nothing.
 *
 * @example
 * for (const { name, needs, check } of storeContract) {
 *   test(name, { skip: needs === 'scan' && !('scan' in store) }, () => check(store))
 * }
 */
export const storeContract: readonly StoreCheck[] = Object.freeze([
  ...insertChecks,
  ...replaceChecks,
  ...removeChecks,
  ...listChecks,
  ...dataChecks,
  ...scanChecks,
])
