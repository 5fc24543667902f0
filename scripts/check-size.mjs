// Files over 300 lines and functions over 60 are a warning: the ten worst of each, to look at when something is changed there.
import ts from 'typescript'
import { listFiles } from './lib/list-files.mjs'
import { rootArgument } from './lib/root.mjs'
import { parse, place, walk } from './lib/syntax.mjs'

const FILE_LINES = 300
const FUNCTION_LINES = 60
const SHOWN = 10

const lineAt = (source, position) => source.getLineAndCharacterOfPosition(position).line

function longFunctions(source) {
  const found = []
  walk(source, (node) => {
    if (!ts.isFunctionLike(node) || node.body === undefined) return
    const lines = lineAt(source, node.end) - lineAt(source, node.getStart(source)) + 1
    if (lines > FUNCTION_LINES)
      found.push({
        lines,
        what: `${place(source, node)} ${node.name?.getText(source) ?? node.parent?.name?.getText(source) ?? 'a function'}`,
      })
  })
  return found
}

function show(title, found) {
  if (found.length === 0) return
  console.log(`  ${title}: ${found.length}`)
  for (const { lines, what } of found.sort((a, b) => b.lines - a.lines).slice(0, SHOWN))
    console.log(`  ${String(lines).padStart(6)} ${what}`)
}

const root = rootArgument()
const paths = listFiles(root, ['packages', 'scripts']).filter((path) => /\/src\/.*\.tsx?$|^scripts\/.*\.m?js$/.test(path))
const sources = paths.map((path) => parse(root, path))
show(
  `files over ${FILE_LINES} lines`,
  sources.map((source) => ({ lines: source.getLineStarts().length - 1, what: source.fileName })).filter(({ lines }) => lines > FILE_LINES),
)
show(`functions over ${FUNCTION_LINES} lines`, sources.flatMap(longFunctions))
console.log(`size: looked at ${paths.length} files`)
