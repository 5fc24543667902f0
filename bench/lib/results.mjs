import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { REASONS } from '../reasons.mjs'
import { goalsAsMarkdown } from './report.mjs'

const FILE = new URL('../RESULTS.md', import.meta.url)

const TITLES = {
  races: 'Races: does a logout hold',
  http: 'A request behind the check',
  warm: 'Warm validation in process',
  scale: 'Many sessions in memory',
  crowd: 'Five million sessions in one process',
  memory: 'Bytes of a session',
  validate: 'Validation over HTTP',
  revocation: 'From the end of a session until every node refuses',
  store: 'Creation, renewal, end',
  stored: 'Many sessions in a file',
  start: 'Start',
  dropin: 'In the place of express-session',
}

const HEAD = `# What was measured

Written by \`npm run bench -- --write\`, table by table; each says when and where it was run. "To reach" is what was set before
the first line was written. Why a figure was missed stands below its table, written by hand in \`reasons.mjs\`. Ratios by CPU are the steady
ones: machines that are shared move by a tenth and more between two runs.
`

const begin = (name) => `<!-- table ${name} -->`

/** What is there of each table, by its name. */
function sectionsIn(text) {
  const parts = text.split(/^<!-- table (\w+) -->$/m)
  return new Map(Array.from({ length: (parts.length - 1) / 2 }, (_, place) => [parts[place * 2 + 1], parts[place * 2 + 2].trim()]))
}

/** Puts one table into RESULTS.md, in the place of the one that was there. Others stay as they are. */
export function writeResults(name, { lines, goals }, run) {
  const sections = existsSync(FILE) ? sectionsIn(readFileSync(FILE, 'utf8')) : new Map()
  const content = [`## ${TITLES[name]}`, '', `${run}.`, '', ...lines, ...goalsAsMarkdown(goals, REASONS)].join('\n')
  sections.set(name, content.trim())
  const known = Object.keys(TITLES).filter((title) => sections.has(title))
  const text = [HEAD, ...known.map((title) => `${begin(title)}\n${sections.get(title)}\n`)].join('\n')
  writeFileSync(FILE, text)
}
