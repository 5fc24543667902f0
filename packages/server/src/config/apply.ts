import { DEFAULT_SETTINGS, type ServiceSettings } from '../settings.js'
import type { Given } from './given.js'
import type { Patch } from './key.js'
import { templateOf } from './keys/roles.js'
import { CONFIG_KEYS } from './keys.js'
import type { ConfigProblem } from './problem.js'
import { shownValue } from './shown-value.js'
import type { ConfigEntry } from './yaml.js'

interface AppliedAll {
  readonly patch: Patch
  readonly problems: readonly ConfigProblem[]
  /** The entries that are right, for those who look at several together. */
  readonly good: Given
}

/** What some entries come to one by one, and what is wrong with them. */
export function apply(entries: readonly ConfigEntry[]): AppliedAll {
  const problems: ConfigProblem[] = []
  let patch: Patch = {}
  const seen = new Map<string, ConfigEntry>()
  const good = new Map<string, ConfigEntry>()
  for (const entry of entries) {
    const before = seen.get(entry.path)
    seen.set(entry.path, entry)
    if (before !== undefined && JSON.stringify(before.value) !== JSON.stringify(entry.value)) {
      problems.push({
        path: entry.path,
        where: entry.where,
        found: 'another value',
        allowed: `the value at ${before.where} says otherwise; keep one of both.`,
      })
    } else {
      const result = applyEntry(entry)
      if ('problem' in result) problems.push(result.problem)
      else {
        patch = merge(patch, result.patch)
        if (entry.value !== null && entry.value !== undefined) good.set(entry.path, entry)
      }
    }
  }
  return { patch, problems, good }
}

type Applied = { readonly patch: Patch } | { readonly problem: ConfigProblem }

function applyEntry({ path, where, value, isFilled }: ConfigEntry): Applied {
  const { template, name } = templateOf(path)
  const key = CONFIG_KEYS.find((one) => one.path === template)
  if (key === undefined) return value === null && isSection(template) ? { patch: {} } : { problem: unknownKey(path, where) }
  const use = name === undefined || key.readNamed === undefined ? key.read(value) : key.readNamed(name, value)
  const found = shownValue(value, isFilled || key.isSecret === true)
  // A variable that is not set was reported where it stands; whether its value would have been right cannot be said.
  if (use === undefined) return value === undefined ? { patch: {} } : { problem: { path, where, found, allowed: key.allowed } }
  return 'refused' in use ? { problem: { path, where, found, allowed: use.refused } } : { patch: use }
}

function isSection(path: string): boolean {
  return CONFIG_KEYS.some((key) => key.path.startsWith(`${path}.`))
}

/** Tells the keys that stand where the unknown one stands, or nearest above it. */
function unknownKey(path: string, where: string): ConfigProblem {
  const { template } = templateOf(path)
  if (isSection(template)) return { path, where, found: 'a value', allowed: `this is a section; it has ${known(template)}.` }
  let parent = template
  do parent = parent.split('.').slice(0, -1).join('.')
  while (parent !== '' && !isSection(parent))
  const isLeafAbove = CONFIG_KEYS.find((key) => path.startsWith(`${key.path}.`))
  if (isLeafAbove !== undefined) return { path: isLeafAbove.path, where, found: 'a section', allowed: isLeafAbove.allowed }
  return {
    path,
    where,
    found: 'a key that is not known',
    allowed: `${parent === '' ? 'the sections are' : `${parent} has`} ${known(parent)}.`,
  }
}

function known(section: string): string {
  const prefix = section === '' ? '' : `${section}.`
  const names = CONFIG_KEYS.filter((key) => key.path.startsWith(prefix)).map((key) => key.path.slice(prefix.length).split('.')[0])
  return [...new Set(names)].join(', ')
}

/** One thing laid over another, section by section. */
export function merge<T extends object>(under: T, over: object): T {
  const merged = new Map<string, unknown>(Object.entries(under))
  for (const [name, value] of Object.entries(over)) {
    const old = merged.get(name)
    merged.set(name, isPlain(old) && isPlain(value) ? merge(old, value) : value)
  }
  return Object.fromEntries(merged) as T
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** The settings that a patch of the defaults comes to. */
export function settingsOf(patch: Patch): ServiceSettings {
  const merged = merge(DEFAULT_SETTINGS, patch)
  // A cookie without Secure cannot keep the prefix: browsers would not take it (RFC 6265bis 4.1.3).
  const name = merged.cookie.secure ? merged.cookie.name : merged.cookie.name.replace(/^__(?:Host|Secure)-/, '')
  return { ...merged, cookie: { ...merged.cookie, name } }
}
