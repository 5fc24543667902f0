import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UserConfig } from 'tsdown'
import sources from './entries.json' with { type: 'json' }

// `./client` becomes dist/client.js: what is published is named after its subpath, not after where its source lies.
const entry = Object.fromEntries(
  Object.entries(sources).map(([subpath, source]) => [subpath === '.' ? 'index' : subpath.slice('./'.length), source]),
)

const EXPORTS = /\nexport \{ (.*), (\w+) as default \};?\s*$/
const IMPORTS = /^(?:import .*\n+)*/

/**
 * Says in the types for CommonJS what the code for CommonJS does: `require` gives a function, with everything else as its
 * properties. The bundler writes them as if the function lay under `default`. What was declared goes into a namespace of
 * the function's name, where applications add to it (`declare module … { interface SessionData { … } }`).
 */
function sayExportEquals(folder: string, name: string, signature: string, values: readonly string[]): void {
  const path = join(folder, `${name}.d.cts`)
  const text = readFileSync(path, 'utf8')
  const [exported, list = '', value = ''] = EXPORTS.exec(text) ?? []
  if (exported === undefined) throw new Error(`${path} ends in another way than expected`)
  const [imports = ''] = IMPORTS.exec(text) ?? []
  const own = `declare const ${value}: `
  const names = list.split(', ').map((one) => one.replace(/^type /, ''))
  const body = text.slice(imports.length, -exported.length)
  // A type that other subpaths have, too, lies in a file of its own; here it gets its name back.
  const foreign = names.filter((one) => new RegExp(`\\b${one}\\b(?=[^;]*\\} from)`).test(imports))
  const head = foreign.reduce((lines, one) => lines.replace(new RegExp(`\\b${one}(?= [,}]|,)`), `${one}_`), imports)
  const regained = foreign.map((one) => `type ${one} = ${one}_;`)
  const missing = names.filter(
    (one) => !foreign.includes(one) && !new RegExp(`^(?:declare )?(?:interface|class|type) ${one}\\b`, 'm').test(body),
  )
  if (missing.length > 0 || !body.includes(own)) throw new Error(`${path} does not declare ${[...missing, own].join(', ')} itself`)
  const [described = '', comment = ''] = new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)${own}.*\\n`).exec(body) ?? []
  const inside = body.replace(described, '').replace(/^declare /gm, '')
  writeFileSync(
    path,
    `${head}${comment}declare function ${value}${signature};\ndeclare namespace ${value} {\n${inside}\n${[...regained, ...values].join('\n')}\n}\nexport = ${value};\n`,
  )
}

const config: UserConfig = {
  entry,
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  dts: true,
  tsconfig: '../../tsconfig.json',
  // A driver that found its way into dist/ would make everybody install it: the build fails instead.
  deps: { onlyBundle: [] },
  onSuccess({ outDir }) {
    // `require` must give the function, as that of the library in whose place it is used.
    sayExportEquals(outDir, 'express-session', '(options?: session.SessionOptions): session.SessionMiddleware', [
      'const Store: StoreConstructor;',
    ])
    const plugin = '(app: object, options: fastifySession.FastifySessionOptions, done: (error?: Error) => void): void'
    sayExportEquals(outDir, 'fastify-session', plugin, [])
  },
}

export default config
