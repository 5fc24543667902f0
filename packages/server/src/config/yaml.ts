import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, Scalar } from 'yaml'
import { type Environment, fillIn } from './environment.js'
import type { ConfigProblem } from './problem.js'

/** A file by name. */
export interface ConfigText {
  readonly name: string
  readonly text: string
}

/** One value of a file, or a section that has nothing in it. */
export interface ConfigEntry {
  readonly path: string
  readonly where: string
  readonly value: unknown
  /** Whether a variable of the environment is in it, which may be secret. */
  readonly isFilled: boolean
}

export interface ReadFile {
  readonly entries: readonly ConfigEntry[]
  readonly problems: readonly ConfigProblem[]
}

/** The configuration is three levels of keys; what is deeper is a mistake or an attack on the reader. */
const MAX_DEPTH = 8

/** Reads the leaves of a YAML file and fills `${NAME}` in. Every problem has the place in the file. */
export function readYaml(file: ConfigText, environment: Environment): ReadFile {
  const entries: ConfigEntry[] = []
  const problems: ConfigProblem[] = []
  const lines = new LineCounter()
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file.name}:${line}:${col}`
  }
  const parsed = parseAllDocuments(file.text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const documents = Array.isArray(parsed) ? parsed : []
  for (const { errors, warnings } of documents) {
    for (const fault of [...errors, ...warnings])
      problems.push({ path: '', where: at(fault.pos[0]), found: 'a mistake', allowed: `YAML 1.2: ${firstLine(fault.message)}` })
  }
  const [document, second] = documents
  if (second !== undefined)
    problems.push({ path: '', where: at(second.range[0]), found: 'a second document', allowed: 'allowed is one document in a file.' })
  if (problems.length === 0 && document !== undefined) walk({ entries, problems, environment, at }, document.contents, '', 0)
  return { entries, problems }
}

interface Walk {
  readonly entries: ConfigEntry[]
  readonly problems: ConfigProblem[]
  readonly environment: Environment
  readonly at: (offset: number) => string
}

type Report = (found: string, allowed: string) => void

function walk(state: Walk, node: unknown, path: string, depth: number): void {
  const where = state.at(isNode(node) ? (node.range?.[0] ?? 0) : 0)
  const report: Report = (found, allowed) => void state.problems.push({ path, where, found, allowed })
  if (node === null || (isScalar(node) && node.value === null)) {
    if (depth > 0) state.entries.push({ path, where, value: null, isFilled: false })
  } else if (depth > MAX_DEPTH) report('sections within sections', `allowed are at most ${MAX_DEPTH} levels.`)
  else if (isAlias(node)) report('an alias', 'allowed are plain values; write the value itself.')
  else if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key) || typeof key.value !== 'string') report('a key that is no text', 'allowed are names of settings.')
      else walk(state, value, path === '' ? key.value : `${path}.${key.value}`, depth + 1)
    }
  } else if (isSeq(node)) {
    const value = node.items.map((item) => itemOf(item, state.environment, report))
    state.entries.push({
      path,
      where,
      value,
      isFilled: node.items.some((item, index) => isMap(item) || (isScalar(item) && item.value !== value[index])),
    })
  } else if (depth === 0) report('a single value', 'allowed are keys and their values.')
  else if (isScalar(node)) {
    const value = scalar(node, state.environment, report)
    state.entries.push({ path, where, value, isFilled: value !== node.value })
  }
}

/** An item of a list: a value, or values by their names. What is nested deeper is left as it is, for its key to refuse. */
function itemOf(item: unknown, environment: Environment, report: Report): unknown {
  if (isScalar(item)) return scalar(item, environment, report)
  if (!isMap(item)) return item
  return Object.fromEntries(
    item.items.map(({ key, value }) => [
      isScalar(key) ? String(key.value) : '',
      isScalar(value) ? scalar(value, environment, report) : value,
    ]),
  )
}

function scalar(node: Scalar, environment: Environment, report: Report): unknown {
  if (typeof node.value !== 'string') return node.value
  const filled = fillIn(node.value, environment)
  if ('missing' in filled) {
    report(
      `\${${filled.missing}}`,
      `the environment variable ${filled.missing} is not set; set it, or write \${${filled.missing}:-default}.`,
    )
    return undefined
  }
  if ('broken' in filled) {
    report('"${" without a name and "}"', 'allowed are ${NAME} and ${NAME:-default}; write $${ for the characters themselves.')
    return undefined
  }
  const isPlain = node.type === Scalar.PLAIN
  return isPlain && filled.text !== node.value ? plainValue(filled.text) : filled.text
}

/** What an unquoted text stands for, once it is filled in. Never more than one value: a variable must not add keys. */
function plainValue(text: string): unknown {
  if (/^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(text)) return Number(text)
  return text === 'true' || text === 'false' ? text === 'true' : text
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value)
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? ''
}
