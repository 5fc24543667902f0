// V8 makes a function that is written as a property of an object literal by a call of its runtime, and right in the old generation,
// where it keeps all that it refers to until the next full collection. A service makes its functions once; a simulation makes them
// with each history, and spent a third of its time on what was dead already. `{ f: (0, () => 1) }` means the same, and is made young.
import ts from 'typescript'

const { factory } = ts

const isFunction = (node) => ts.isArrowFunction(node) || ts.isFunctionExpression(node)
const young = (node) => factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), node))

function youngProperty(node) {
  if (ts.isMethodDeclaration(node)) {
    const { modifiers, asteriskToken, parameters, body, name } = node
    return factory.createPropertyAssignment(
      name,
      young(factory.createFunctionExpression(modifiers, asteriskToken, undefined, undefined, parameters, undefined, body)),
    )
  }
  if (ts.isPropertyAssignment(node) && isFunction(node.initializer))
    return factory.updatePropertyAssignment(node, node.name, young(node.initializer))
  return node
}

function visitorOf(context) {
  const visit = (node) => {
    const visited = ts.visitEachChild(node, visit, context)
    if (ts.isObjectLiteralExpression(visited)) return factory.updateObjectLiteralExpression(visited, visited.properties.map(youngProperty))
    const isAssignment = ts.isBinaryExpression(visited) && visited.operatorToken.kind === ts.SyntaxKind.EqualsToken
    if (isAssignment && ts.isPropertyAccessExpression(visited.left) && isFunction(visited.right))
      return factory.updateBinaryExpression(visited, visited.left, visited.operatorToken, young(visited.right))
    return visited
  }
  return visit
}

/** A transformer for `ts.transpileModule`, after all others. */
export const youngFunctions = (context) => (file) => ts.visitNode(file, visitorOf(context))
