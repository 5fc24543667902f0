// What no linter says about these sources: one clock, one random, one place for cryptography, and words that are not used.
import ts from 'typescript'
import { listFiles } from './lib/list-files.mjs'
import { report } from './lib/report.mjs'
import { rootArgument } from './lib/root.mjs'
import { importsOf, parse, place, walk } from './lib/syntax.mjs'

/** Where a rule does not hold, and why. An entry that excuses nothing is a fault too. */
const ALLOWED = [
  { rule: 'clock', in: 'packages/sojourn/src/clock.ts', because: 'it is the one place' },
  { rule: 'clock', in: 'packages/sojourn/src/testing/contract/race.ts', because: 'it gives way to the event loop and measures nothing' },
  { rule: 'clock', in: 'packages/sojourn/src/testing/fake-clock.ts', because: 'it gives way to the event loop and measures nothing' },
  { rule: 'random', in: 'packages/sojourn/src/crypto/', because: 'it is the one place' },
  { rule: 'crypto', in: 'packages/sojourn/src/crypto/', because: 'it is the one place' },
  { rule: 'syntax', in: 'packages/sojourn/src/express-session/index.ts', because: 'require must give the function, as of the original' },
  { rule: 'syntax', in: 'packages/sojourn/src/fastify-session/index.ts', because: 'require must give the plugin, as of the original' },
]

const CLOCK_CALLS =
  /^(?:globalThis\.)?(?:Date\.now|performance\.now|process\.hrtime|process\.uptime|setTimeout|setInterval|setImmediate|AbortSignal\.timeout)$/
const CLOCK_MODULES = /^(?:node:)?(?:timers(?:\/promises)?|perf_hooks)$/
const SAFE_RANDOM = /^(?:[\w.]+\.)?(?:randomBytes|randomFillSync|randomFill|randomUUID|randomInt|getRandomValues)$/
const CRYPTO_MODULE = /^(?:node:)?crypto$/
const CRYPTO_GLOBAL = /^(?:globalThis\.)?crypto\.\w+/

/** A second word that says nothing about the thing. The mission fixed two names that end in one, and the service is one. */
const EMPTY_WORD = /[a-z](?:Manager|Service|Helper|Util|Handler)s?$/
const EMPTY_FILE = /-(?:manager|service|helper|util|handler)s?\.tsx?$|\/(?:helper|util)s?\.tsx?$/
const FIXED_NAMES = /^(?:createSessionManager|SessionManager|createService|startService|RunningService)$/
const FIXED_FILES = /\/create-session-manager\.ts$/

const UNFINISHED = /\b(?:TODO|FIXME|XXX|HACK)\b/

const isCalled = (node) => ts.isCallExpression(node.parent) && node.parent.expression === node

/** `Date.now` also where it is handed on, as in `now = Date.now`. */
function judgeTime(node) {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'reads the clock with new Date()'
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'reads the clock with Date()'
  const named = ts.isPropertyAccessExpression(node) || (ts.isIdentifier(node) && isCalled(node))
  return named && CLOCK_CALLS.test(node.getText()) ? `reads or sets the clock with ${node.getText()}; take a Clock` : undefined
}

function judgeChance(node) {
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') return 'uses Math.random, which anybody can predict'
  if (ts.isCallExpression(node) && SAFE_RANDOM.test(node.expression.getText()))
    return `draws random bytes with ${node.expression.getText()}; crypto/random.ts does that`
  return undefined
}

function judgeCrypto(node) {
  if (!ts.isPropertyAccessExpression(node) || !CRYPTO_GLOBAL.test(node.getText())) return undefined
  return ts.isPropertyAccessExpression(node.parent) ? undefined : `uses ${node.getText()}; cryptography stands in crypto/ only`
}

const isDeclaredName = (node) =>
  ts.isIdentifier(node) &&
  node.parent.name === node &&
  (ts.isVariableDeclaration(node.parent) ||
    ts.isFunctionDeclaration(node.parent) ||
    ts.isClassDeclaration(node.parent) ||
    ts.isInterfaceDeclaration(node.parent) ||
    ts.isTypeAliasDeclaration(node.parent))

function judgeName(node) {
  if (!isDeclaredName(node) || !EMPTY_WORD.test(node.text) || FIXED_NAMES.test(node.text)) return undefined
  return `declares ${node.text}: name it after what it is or does`
}

function judgeSyntax(node) {
  if (ts.isEnumDeclaration(node)) return 'declares an enum: use a union of strings'
  if (ts.isExportAssignment(node) || node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword))
    return 'has a default export'
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'uses any: use unknown and look'
  return undefined
}

const isEmptyFunction = (node) =>
  (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && ts.isBlock(node.body) && node.body.statements.length === 0

function judgeSilence(node) {
  if (ts.isCatchClause(node) && node.block.statements.length === 0) return 'catches an error and says nothing'
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'catch')
    return undefined
  return node.arguments.some(isEmptyFunction) ? 'catches an error and says nothing' : undefined
}

function judgeSkipped(node) {
  const runs = ts.isPropertyAccessExpression(node) && /^(?:it|test|describe)\.(?:only|skip|todo)$/.test(node.getText())
  return runs ? `leaves tests out with ${node.getText()}` : undefined
}

const judgeBang = (node) => (ts.isNonNullExpression(node) ? 'says ! where it should look' : undefined)

const EVERYWHERE = { syntax: judgeSyntax, silence: judgeSilence }
const IN_SOURCES = { ...EVERYWHERE, clock: judgeTime, random: judgeChance, crypto: judgeCrypto, name: judgeName, bang: judgeBang }
const IN_TESTS = { ...EVERYWHERE, skipped: judgeSkipped }

function faultsOfImports(source) {
  return importsOf(source).flatMap(({ specifier, node }) => {
    if (CRYPTO_MODULE.test(specifier))
      return [{ rule: 'crypto', at: place(source, node), says: 'imports node:crypto; cryptography stands in crypto/ only' }]
    if (CLOCK_MODULES.test(specifier)) return [{ rule: 'clock', at: place(source, node), says: `imports ${specifier}; take a Clock` }]
    return []
  })
}

function faultsOfText(source) {
  return source.text.split('\n').flatMap((line, index) => {
    const word = UNFINISHED.exec(line)?.[0]
    return word === undefined
      ? []
      : [{ rule: 'unfinished', at: `${source.fileName}:${index + 1}`, says: `says ${word}: finish it, or write an issue` }]
  })
}

function faultsOfTree(source, rules) {
  const found = []
  walk(source, (node) => {
    for (const [rule, judge] of Object.entries(rules)) {
      const says = judge(node)
      if (says !== undefined) found.push({ rule, at: place(source, node), says })
    }
  })
  return found
}

function faultsOfFile(root, path) {
  const source = parse(root, path)
  if (!path.includes('/src/')) return [...faultsOfText(source), ...faultsOfTree(source, IN_TESTS)]
  const badName = EMPTY_FILE.test(path) && !FIXED_FILES.test(path) ? [{ rule: 'name', at: path, says: 'has a name that says nothing' }] : []
  return [...badName, ...faultsOfText(source), ...faultsOfImports(source), ...faultsOfTree(source, IN_SOURCES)]
}

const root = rootArgument()
const paths = listFiles(root, ['packages']).filter((path) => /^packages\/[^/]+\/(?:src|test)\/.*\.tsx?$/.test(path))
const all = paths.flatMap((path) => faultsOfFile(root, path))
const excuse = ({ rule, at }) => ALLOWED.find((allowed) => allowed.rule === rule && at.startsWith(allowed.in))
const unused = ALLOWED.filter(
  (allowed) => paths.some((path) => path.startsWith(allowed.in)) && !all.some((fault) => excuse(fault) === allowed),
)
const faults = [
  ...all.filter((fault) => excuse(fault) === undefined).map(({ at, says }) => `${at} ${says}`),
  ...unused.map(({ rule, in: where }) => `scripts/check-sources.mjs allows ${rule} in ${where}, where it is not used`),
]
report('sources', faults, `${paths.length} files`)
