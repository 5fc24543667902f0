import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export function parse(root, path) {
  return ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
}

/** Calls `visit` for every node of the tree, parents first. */
export function walk(node, visit) {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** `path:line`, as editors and terminals open it. */
export function place(source, node) {
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`
}

function moduleNamed(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (!ts.isCallExpression(node)) return undefined
  const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
  return loads ? node.arguments[0] : undefined
}

/** Every module that a file names, types and dynamic imports included, with the node that names it. */
export function importsOf(source) {
  const found = []
  walk(source, (node) => {
    const named = moduleNamed(node)
    if (named !== undefined && ts.isStringLiteralLike(named)) found.push({ specifier: named.text, node: named })
  })
  return found
}
