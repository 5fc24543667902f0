import type { z } from '@hono/zod-openapi'
import { type Fault, faultPath } from './problem.js'

type Issue = z.core.$ZodIssue

/** What zod found wrong with `value`, one fault for each place: what is allowed there and what was found, never the value itself. */
export function faultsOf(issues: readonly Issue[], value: unknown): Fault[] {
  const faults = new Map<string, string>()
  for (const issue of issues.flatMap(spread)) {
    const path = faultPath(issue.path)
    if (!faults.has(path)) faults.set(path, issue.message + foundIn(issue, value))
  }
  return [...faults].map(([path, message]) => ({ path, message }))
}

/** An issue about several unknown keys becomes one for each; one about alternatives becomes those of the alternative that was meant. */
function spread(issue: Issue): Issue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ code: 'custom', path: [...issue.path, key], message: 'There is no such field.', input: undefined }))
  }
  if (issue.code !== 'invalid_union') return [issue]
  // Where the value as a whole has the right type, what is wrong lies further down.
  const meant = issue.errors.find((issues) => issues.every(({ path }) => path.length > 0))
  return meant === undefined ? [issue] : meant.flatMap((one) => spread({ ...one, path: [...issue.path, ...one.path] }))
}

function foundIn(issue: Issue, value: unknown): string {
  if (issue.code === 'custom') return ''
  return ` Found ${describe(issue.path.reduce(step, value))}.`
}

function step(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Object.entries(value).find(([name]) => name === String(key))?.[1]
    : undefined
}

/** What kind of value this is, for a person. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of ${value.length} characters`
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'true or false'
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
}
