// Which test shows which requirement, and which attack fails: docs/security/coverage.md, made from the table of rows beside it and
// from the tags at the end of test names, as in `… [TOK-1 ATK-059]`. `--check` writes nothing and fails when the page is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { listFiles } from './lib/list-files.mjs'
import { report } from './lib/report.mjs'
import { rootArgument } from './lib/root.mjs'
import { parse, place, walk } from './lib/syntax.mjs'

const TABLE = 'docs/security/requirements.json'
const PAGE = 'docs/security/coverage.md'

/** More words than this are a paragraph, which nobody reads in a table. */
const MOST_WORDS = 15

const LEVELS = ['MUST', 'SHOULD', 'MAY']
const KINDS = ['requirement', 'attack']
const ID = /^[A-Z]{3}-\d+$/
const NOT_APPLICABLE = 'not-applicable: '

const TAGS = /^([\s\S]*\S) \[([A-Z]{3}-\d+(?: [A-Z]{3}-\d+)*)\]$/
/** Two letters or more, a dash and digits within brackets at the end: somebody meant a tag. */
const MEANT_AS_TAGS = /\[[^\][]*\b[A-Za-z]{2,}-\d+\b[^\][]*\]\s*$/
/** Most files mention none, and need not be parsed. */
const MENTIONS_ROWS = /\[[^\][\n]*\b[A-Za-z]{2,}-\d+\b/
/** What a test runner or a chapter of checks takes for the name of a test. */
const NAMES_TESTS = /^(?:it|test|describe)(?:\.|$)/

/** The text of a name as written, with `…` for what is only known when it runs. */
function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
}

const isCallOfTest = (node) => ts.isCallExpression(node) && NAMES_TESTS.test(calleeOf(node.expression).getText())

/** `it.each([…])` names its tests in a second call. */
const calleeOf = (expression) => (ts.isCallExpression(expression) ? calleeOf(expression.expression) : expression)

function nameIn(node) {
  if (isCallOfTest(node)) return node.arguments[0]
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'name') return node.initializer
  return undefined
}

function namesOf(root, path) {
  if (!MENTIONS_ROWS.test(readFileSync(join(root, path), 'utf8'))) return []
  const source = parse(root, path)
  const found = []
  walk(source, (node) => {
    const named = nameIn(node)
    const text = named === undefined ? undefined : textOf(named)
    if (text === undefined || !MEANT_AS_TAGS.test(text)) return
    const [, name, ids] = TAGS.exec(text) ?? []
    found.push({ path, at: place(source, named), text, name, ids: ids?.split(' ') ?? [] })
  })
  return found
}

function faultsOfRow({ id, kind, level, says, where, open }, areas, tests) {
  const faults = []
  const shown = tests.some(({ ids }) => ids.includes(id))
  const area = areas[where]
  const applies = !String(where).startsWith(NOT_APPLICABLE)
  if (!ID.test(id)) faults.push('has no id like TOK-1')
  if (!KINDS.includes(kind)) faults.push(`has the kind ${kind}: use ${KINDS.join(' or ')}`)
  if (!LEVELS.includes(level)) faults.push(`has the level ${level}: use ${LEVELS.join(', ')}`)
  if (String(says).split(' ').length > MOST_WORDS) faults.push(`says more than ${MOST_WORDS} words`)
  if (applies && area === undefined) faults.push(`lies in ${where}, which is no area: name one, or write "${NOT_APPLICABLE}" and why`)
  if (!applies && shown) faults.push('is not applicable, but a test shows it')
  if (area?.built === true && !shown && open === undefined)
    faults.push(`has no test, although ${area.name} is there: write one, or say why under "open"`)
  return faults.map((fault) => `${TABLE}: ${id} ${fault}`)
}

function faultsOf({ areas, families, rows }, tests) {
  const ids = rows.map(({ id }) => id)
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${TABLE}: ${id} is there twice`),
    ...ids.filter((id) => families[id.slice(0, 3)] === undefined).map((id) => `${TABLE}: ${id} belongs to no family`),
    ...rows.flatMap((row) => faultsOfRow(row, areas, tests)),
    ...tests
      .filter(({ ids: named }) => named.length === 0)
      .map(({ at, text }) => `${at} ends in what looks like tags and is none: ${text}`),
    ...tests.flatMap(({ at, ids: named }) =>
      named.filter((id) => !ids.includes(id)).map((id) => `${at} names ${id}, which is no row of ${TABLE}`),
    ),
  ]
}

/** Signs that would end a cell, begin markup, or be taken for a link. */
const escaped = (text) => text.replaceAll(/[\\|<>[\]`*_]/g, '\\$&').replaceAll('\n', ' ')

const cellOfTest = ({ path, name }) => `[${escaped(name)}](../../${path})`

function reasonOf({ where, open }, areas) {
  if (where.startsWith(NOT_APPLICABLE)) return `not applicable: ${where.slice(NOT_APPLICABLE.length)}`
  const { name, built } = areas[where]
  return built ? `not covered: ${open}` : `not covered: comes with ${name}`
}

function lineOfRow(row, areas, tests) {
  const shown = tests.filter(({ ids }) => ids.includes(row.id)).map(cellOfTest)
  const rest = shown.length > 0 && row.open !== undefined ? [`still open: ${escaped(row.open)}`] : []
  const cells = shown.length > 0 ? [...shown, ...rest] : [escaped(reasonOf(row, areas))]
  return `| ${row.id} | ${row.level} | ${escaped(row.says)} | ${cells.join('<br>')} |`
}

function countsOf(rows, tests) {
  const shown = rows.filter(({ id }) => tests.some(({ ids }) => ids.includes(id)))
  const applicable = rows.filter(({ where }) => !where.startsWith(NOT_APPLICABLE))
  const must = applicable.filter(({ level }) => level === 'MUST')
  return { rows: rows.length, shown: shown.length, must: must.length, mustShown: shown.filter(({ level }) => level === 'MUST').length }
}

function pageOf({ areas, families, rows }, tests) {
  const of = (family) => rows.filter(({ id }) => id.startsWith(`${family}-`))
  const present = Object.entries(families).filter(([family]) => of(family).length > 0)
  const summary = present.map(([family, title]) => {
    const { rows: count, shown, must, mustShown } = countsOf(of(family), tests)
    return `| [${title}](#${title
      .toLowerCase()
      .replaceAll(/[^a-z -]/g, '')
      .replaceAll(' ', '-')}) | ${count} | ${shown} | ${mustShown} of ${must} |`
  })
  const all = countsOf(rows, tests)
  return `${[
    '# What is shown by which test',
    '',
    'Made by `node scripts/security-coverage.mjs` from `requirements.json` and the tags at the end of test names; do not edit it. The sentences are short',
    'for finding a row; what a row asks in full is in the standards and advisories that it was taken from. A test that is named here runs in `npm test`.',
    '',
    '| area | rows | shown | of those that must be |',
    '|---|---|---|---|',
    ...summary,
    `| **all** | **${all.rows}** | **${all.shown}** | **${all.mustShown} of ${all.must}** |`,
    ...present.flatMap(([family, title]) => [
      '',
      `## ${title}`,
      '',
      '| row | level | says | shown by |',
      '|---|---|---|---|',
      ...of(family).map((row) => lineOfRow(row, areas, tests)),
    ]),
  ].join('\n')}\n`
}

const onlyCheck = process.argv.includes('--check')
if (onlyCheck) process.argv.splice(process.argv.indexOf('--check'), 1)
const root = rootArgument()
const table = JSON.parse(readFileSync(join(root, TABLE), 'utf8'))
const paths = listFiles(root, ['packages', 'examples']).filter((path) => /^(?:packages\/[^/]+|examples)\/test\/.*\.ts$/.test(path))
const tests = paths.flatMap((path) => namesOf(root, path))

const faults = faultsOf(table, tests)
if (faults.length === 0) {
  const page = pageOf(table, tests)
  const file = join(root, PAGE)
  if (!onlyCheck) writeFileSync(file, page)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== page) faults.push(`${PAGE} is stale: run node scripts/security-coverage.mjs`)
}
const { rows, shown, must, mustShown } = countsOf(table.rows, tests)
report('security coverage', faults, `${rows} rows, ${shown} shown by tests, ${mustShown} of ${must} that must be`)
