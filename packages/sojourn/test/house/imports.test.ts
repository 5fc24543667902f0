import { describe, expect, it } from 'vitest'
import { judge, plant } from './plant.js'

const manifests = {
  'packages/sojourn/package.json': JSON.stringify({ name: 'sojourn', exports: { '.': {}, './client': {} } }),
  'packages/server/package.json': JSON.stringify({ name: '@sojourn/server', dependencies: { sojourn: '0.1.0', hono: '4' } }),
}

const library = (path: string, text: string): Record<string, string> => ({ [`packages/sojourn/src/${path}`]: text })
const server = (path: string, text: string): Record<string, string> => ({ [`packages/server/src/${path}`]: text })

const sound = {
  ...manifests,
  ...library('errors.ts', "import type { Millis } from './clock.js'\nexport type Wait = Millis\n"),
  ...library('clock.ts', 'export type Millis = number\n'),
  ...library('store/store.ts', "import type { Millis } from '../clock.js'\nexport type Row = Millis\n"),
  ...library('store/copy-row.ts', "import type { Row } from './store.js'\nexport type Copy = Row\n"),
  ...library('store/sqlite-schema.ts', 'export const schema = 1\n'),
  ...library(
    'store/sqlite.ts',
    "import { schema } from './sqlite-schema.js'\nimport type { Copy } from './copy-row.js'\nimport '@photostructure/sqlite'\nimport 'node:fs'\nexport type S = [Copy, typeof schema]\n",
  ),
  ...library('engine/create.ts', "import type { Row } from '../store/store.js'\nexport type { Row }\n"),
  ...library('index.ts', "export type { S } from './store/sqlite.js'\nexport type { Row } from './engine/create.js'\n"),
  ...server('routes/a.ts', "import 'sojourn'\nimport 'sojourn/client'\nimport 'hono/cookie'\nimport '../b.js'\n"),
  ...server('b.ts', 'export const b = 1\n'),
}

const faults: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  [
    'a store that imports the engine',
    library('store/redis.ts', "import '../engine/create.js'"),
    /store\/redis\.ts:1 imports engine\/create;/,
  ],
  ['a store that imports another', library('store/memory.ts', "import './sqlite.js'"), /store\/memory\.ts:1 imports store\/sqlite;/],
  [
    'a store that imports a part of another',
    library('store/postgres.ts', "import './sqlite-schema.js'"),
    /postgres\.ts:1 imports store\/sqlite-schema;/,
  ],
  ['a shared file that imports a store', library('store/sorted.ts', "import './sqlite.js'"), /store\/sorted\.ts:1 imports store\/sqlite;/],
  ['the engine on one store', library('engine/renew.ts', "import '../store/sqlite.js'"), /engine\/renew\.ts:1 imports store\/sqlite;/],
  ['a policy that imports a store', library('policy/idle.ts', "import '../store/store.js'"), /policy\/idle\.ts:1 imports store\/store;/],
  [
    'a client that imports the engine',
    library('client/client.ts', "import '../engine/create.js'"),
    /client\/client\.ts:1 imports engine\/create;/,
  ],
  ['an error that imports the manager', library('sessions.ts', "import './manager.js'"), /sessions\.ts:1 imports manager;/],
  [
    'an import of a type alone',
    library('token/a.ts', "export type A = import('../engine/create.js').Row"),
    /token\/a\.ts:1 imports engine\/create;/,
  ],
  [
    'an import at run time',
    library('token/b.ts', "export const b = () => import('../engine/create.js')"),
    /token\/b\.ts:1 imports engine\/create;/,
  ],
  ['a re-export', library('crypto/c.ts', "export * from '../token/a.js'"), /crypto\/c\.ts:1 imports token\/a;/],
  ['a dependency of the library', library('engine/d.ts', "import 'zod'"), /engine\/d\.ts:1 imports the package zod;/],
  [
    'a driver outside its store',
    library('engine/e.ts', "import '@photostructure/sqlite'"),
    /engine\/e\.ts:1 imports the package @photostructure\/sqlite;/,
  ],
  ['a built-in module without node:', library('engine/f.ts', "import 'fs'"), /engine\/f\.ts:1 imports fs without node:/],
  ['an import without its ending', library('engine/g.ts', "import './create'"), /engine\/g\.ts:1 imports \.\/create without \.js/],
  ['a file outside the sources', library('engine/h.ts', "import '../../package.js'"), /engine\/h\.ts:1 .*outside src/],
  ['a room that nobody placed', library('misc/i.ts', 'export const i = 1'), /misc\/i\.ts stands in no room/],
  [
    'a service that reads the sources of the library',
    server('j.ts', "import '../../sojourn/src/index.js'"),
    /server\/src\/j\.ts:1 .*outside src/,
  ],
  [
    'a service that uses what is not public',
    server('k.ts', "import 'sojourn/engine'"),
    /k\.ts:1 imports sojourn\/engine, which sojourn does not export/,
  ],
  ['a service with an undeclared dependency', server('l.ts', "import 'express'"), /l\.ts:1 imports express, which is no dependency/],
]

describe('check-imports', () => {
  it('finds nothing in a tree that keeps the direction', async () => {
    expect(await judge('check-imports.mjs', plant(sound))).toEqual({ code: 0, output: 'imports: no faults in 10 files\n' })
  })

  it('finds every planted fault, and no other', async () => {
    const { code, output } = await judge('check-imports.mjs', plant(Object.assign({}, sound, ...faults.map(([, files]) => files))))
    for (const [name, , line] of faults) expect(output, name).toMatch(line)
    expect(output).toContain(`imports: ${faults.length} faults`)
    expect(code).toBe(1)
  })
})
