import { describe, expect, it } from 'vitest'
import { judge, plant } from './plant.js'

const source = (name: string, text: string): Record<string, string> => ({ [`packages/server/src/${name}.ts`]: text })

const sound = {
  'packages/sojourn/src/clock.ts': 'export const now = (): number => Date.now() + performance.now() + Number(setTimeout(() => now(), 1))\n',
  'packages/sojourn/src/crypto/random.ts':
    "import { randomBytes } from 'node:crypto'\nexport const draw = (): Uint8Array => randomBytes(32)\n",
  ...source('when', 'export const when = (text: string): Date => new Date(text)\n'),
  ...source(
    'loud',
    'export const loud = (): void => {\n  try {\n    loud()\n  } catch (error) {\n    throw new Error("loud", { cause: error })\n  }\n}\n',
  ),
  ...source(
    'service',
    'export interface Service {\n  readonly name: string\n}\nexport const createService = (): Service => ({ name: "any" })\n',
  ),
  'packages/server/test/a.test.ts': 'export const first = [1].at(0)!\n',
}

/** The words are put together here, so that this file itself does not say them. */
const word = (...parts: readonly string[]): string => parts.join('')

const faults: readonly (readonly [string, string, RegExp])[] = [
  ['now', 'export const t = Date.now()', /now\.ts:1 reads or sets the clock with Date\.now/],
  ['passed-on', 'export const now = Date.now', /passed-on\.ts:1 reads or sets the clock/],
  ['date', '\nexport const t = new Date()', /date\.ts:2 reads the clock with new Date/],
  ['monotonic', 'export const t = performance.now()', /monotonic\.ts:1 reads or sets/],
  ['hrtime', 'export const t = process.hrtime.bigint()', /hrtime\.ts:1 reads or sets/],
  ['timer', 'setTimeout(() => undefined, 1)', /timer\.ts:1 reads or sets/],
  ['interval', 'globalThis.setInterval(() => undefined, 1)', /interval\.ts:1 reads or sets/],
  ['immediate', 'setImmediate(() => undefined)', /immediate\.ts:1 reads or sets/],
  ['deadline', 'export const s = AbortSignal.timeout(5)', /deadline\.ts:1 reads or sets/],
  [
    'timers',
    "import { setTimeout } from 'node:timers/promises'\nexport const s = setTimeout",
    /timers\.ts:1 imports node:timers\/promises/,
  ],
  ['chance', 'export const r = Math.random()', /chance\.ts:1 uses Math\.random/],
  ['values', 'export const r = (c: Crypto) => c.getRandomValues(new Uint8Array(1))', /values\.ts:1 draws random bytes/],
  ['cipher', "import { createHash } from 'node:crypto'\nexport const h = createHash", /cipher\.ts:1 imports node:crypto/],
  ['subtle', 'export const d = crypto.subtle', /subtle\.ts:1 uses crypto\.subtle/],
  ['name', 'export const tokenHelper = 1', /name\.ts:1 declares tokenHelper/],
  ['type', 'export interface UserManager { readonly a: 1 }', /type\.ts:1 declares UserManager/],
  ['string-utils', 'export const a = 1', /string-utils\.ts has a name that says nothing/],
  ['enum', 'export enum Color { Red }', /enum\.ts:1 declares an enum/],
  ['default', 'export default 1', /default\.ts:1 has a default export/],
  ['default-function', 'export default function a(): void {}', /default-function\.ts:1 has a default export/],
  ['any', 'export const a = (x: any): unknown => x', /any\.ts:1 uses any/],
  ['bang', 'export const a = (x?: number): number => x!', /bang\.ts:1 says !/],
  ['silent', 'try {\n  run()\n} catch {\n  // nothing to do\n}', /silent\.ts:3 catches an error and says nothing/],
  ['silent-promise', 'run().catch(() => {})', /silent-promise\.ts:1 catches an error/],
  ['unfinished', word('// TO', 'DO: later'), /unfinished\.ts:1 says \w+: finish it/],
]

describe('check-sources', () => {
  it('finds nothing where clock, random and cryptography stand in their places', async () => {
    const { code, output } = await judge('check-sources.mjs', plant(sound))
    expect(output).toBe('sources: no faults in 6 files\n')
    expect(code).toBe(0)
  })

  it('finds every planted fault, and no other', async () => {
    const planted = Object.assign({}, sound, ...faults.map(([name, text]) => source(name, text)))
    const { code, output } = await judge('check-sources.mjs', plant(planted))
    for (const [name, , line] of faults) expect(output, name).toMatch(line)
    expect(output).toContain(`sources: ${faults.length} faults`)
    expect(code).toBe(1)
  })

  it('finds tests that are left out', async () => {
    const text = `${word('it', '.only')}('a', () => 1)\n${word('describe', '.skip')}('b', () => 1)\n${word('it', '.todo')}('c')\n`
    const { code, output } = await judge('check-sources.mjs', plant({ ...sound, 'packages/server/test/b.test.ts': text }))
    for (const line of [1, 2, 3]) expect(output).toContain(`b.test.ts:${line} leaves tests out`)
    expect(code).toBe(1)
  })

  it('finds an exception that is no longer needed', async () => {
    const { code, output } = await judge(
      'check-sources.mjs',
      plant({ ...sound, 'packages/sojourn/src/clock.ts': 'export const now = 1\n' }),
    )
    expect(output).toContain('allows clock in packages/sojourn/src/clock.ts, where it is not used')
    expect(code).toBe(1)
  })
})
