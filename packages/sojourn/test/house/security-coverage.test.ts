import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judge, plant } from './plant.js'

type Row = Readonly<Record<string, string>>

const TEST = 'packages/sojourn/test/a.test.ts'
const PAGE = 'docs/security/coverage.md'
const SCRIPT = 'security-coverage.mjs'

/** Put together here, so that this file shows no rows itself. */
const tagged = (name: string, ...tags: readonly string[]): string => `${name} [${tags.join(' ')}]`

const row = (id: string, more: Row = {}): Row => ({ id, kind: 'requirement', level: 'MUST', says: 'It is so.', where: 'core', ...more })

function tree(rows: readonly Row[], tests: Readonly<Record<string, string>>): string {
  const table = {
    families: { TOK: 'Tokens | keys', JWT: 'Signed', ATK: 'Attacks' },
    areas: { core: { name: 'what is there', built: true }, jwt: { name: 'signed tokens', built: false } },
    rows,
  }
  return plant({ 'docs/security/requirements.json': JSON.stringify(table), ...tests })
}

const call = (name: string): string => `it('${name}', () => 1)\n`

const sound = (): string =>
  tree(
    [
      row('TOK-1'),
      row('TOK-2', { level: 'SHOULD', open: 'nobody looked yet' }),
      row('TOK-3', { open: 'only for two of three stores' }),
      row('JWT-1', { where: 'jwt' }),
      row('ATK-001', { kind: 'attack', where: 'not-applicable: there is no such door' }),
    ],
    {
      [TEST]:
        call(tagged('is <so> | true', 'TOK-1')) +
        `describe('all', () => {\n  it.each([1, 2])('${tagged('is %s', 'TOK-1', 'TOK-3')}', () => 1)\n})\n`,
      'packages/server/test/chapter.ts': `export const one = { name: \`${tagged('is so in ${place}', 'TOK-3')}\` }\n`,
      'packages/server/test/other.test.ts': "it('has [brackets] and a list [1 2]', () => 1)\nit('refuses %s [%i]', () => 1)\n",
    },
  )

describe('security-coverage', () => {
  it('writes which tests show a row, what is still open, and why nothing shows the others', async () => {
    const root = sound()
    expect(await judge(SCRIPT, root)).toEqual({
      code: 0,
      output: 'security coverage: no faults in 5 rows, 2 shown by tests, 2 of 3 that must be\n',
    })
    const page = readFileSync(join(root, PAGE), 'utf8')
    expect(page).toContain(`| TOK-1 | MUST | It is so. | [is \\<so\\> \\| true](../../${TEST})<br>[is %s](../../${TEST}) |`)
    expect(page).toContain('| TOK-2 | SHOULD | It is so. | not covered: nobody looked yet |')
    expect(page).toContain('[is so in …](../../packages/server/test/chapter.ts)<br>')
    expect(page).toContain('<br>still open: only for two of three stores |')
    expect(page).toContain('| JWT-1 | MUST | It is so. | not covered: comes with signed tokens |')
    expect(page).toContain('| ATK-001 | MUST | It is so. | not applicable: there is no such door |')
    expect(page).toContain('| **all** | **5** | **2** | **2 of 3** |')
  })

  it('fails when it only checks and the page is missing or stale, and writes nothing then', async () => {
    const root = sound()
    const missing = await judge(SCRIPT, root, '--check')
    expect(missing).toMatchObject({ code: 1, output: expect.stringContaining(`${PAGE} is stale: run node scripts/${SCRIPT}`) })
    await judge(SCRIPT, root)
    expect((await judge(SCRIPT, root, '--check')).code).toBe(0)
    writeFileSync(join(root, TEST), call(tagged('has another name', 'TOK-1')) + call(tagged('and one more', 'TOK-3')))
    expect((await judge(SCRIPT, root, '--check')).output).toContain('is stale')
    await judge(SCRIPT, root)
    expect((await judge(SCRIPT, root, '--check')).code).toBe(0)
  })

  it('finds every planted fault, and no other', async () => {
    const faults: readonly (readonly [rows: readonly Row[], test: string, line: RegExp])[] = [
      [[], call(tagged('is so', 'TOK-99')), /a\.test\.ts:1 names TOK-99, which is no row/],
      [[], call(tagged('is', 'tok-1')), /a\.test\.ts:2 ends in what looks like tags and is none: is \[tok-1\]/],
      [[], call(tagged('is', 'TOK-1,', 'TOK-3')), /a\.test\.ts:3 ends in what looks like tags and is none/],
      [[row('TOK-4')], '', /TOK-4 has no test, although what is there is there/],
      [[row('TOK-5', { open: 'no' }), row('TOK-5', { open: 'no' })], '', /TOK-5 is there twice/],
      [[row('TOK-6', { open: 'no', says: 'word '.repeat(16).trim() })], '', /TOK-6 says more than 15 words/],
      [[row('TOK-7', { where: 'nowhere' })], '', /TOK-7 lies in nowhere, which is no area/],
      [[row('TOK-8', { open: 'no', level: 'must' })], '', /TOK-8 has the level must/],
      [[row('TOK-9', { open: 'no', kind: 'wish' })], '', /TOK-9 has the kind wish/],
      [[row('TOK-10', { where: 'not-applicable: why' })], call(tagged('is so', 'TOK-10')), /TOK-10 is not applicable, but a test shows it/],
      [[row('XYZ-1', { open: 'no' })], '', /XYZ-1 belongs to no family/],
      [[row('tok-11', { open: 'no' })], '', /tok-11 has no id like TOK-1/],
    ]
    const rows = [row('TOK-1'), ...faults.flatMap(([planted]) => planted)]
    const tests = faults.map(([, test]) => test).join('') + call(tagged('is so', 'TOK-1'))
    const { code, output } = await judge(SCRIPT, tree(rows, { [TEST]: tests }))
    for (const [, , line] of faults) expect(output).toMatch(line)
    // The id in small letters belongs to no family either.
    expect(output).toContain(`security coverage: ${faults.length + 1} faults in`)
    expect(code).toBe(1)
  })
})
