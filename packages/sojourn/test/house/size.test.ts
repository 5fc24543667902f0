import { expect, it } from 'vitest'
import { judge, plant } from './plant.js'

it('names the longest files and functions over the limits, and does not fail for them', async () => {
  const lines = (count: number): string => 'export type A = 1\n'.repeat(count)
  const long = (count: number): string => `export function long(): void {\n${'  long()\n'.repeat(count - 2)}}\n`
  const root = plant({
    'packages/a/src/short.ts': lines(300),
    'packages/a/src/long.ts': lines(301),
    'packages/a/src/fine.ts': long(60),
    'packages/a/src/deep/tall.ts': `\n${long(61)}`,
    'packages/a/dist/built.ts': lines(999),
    ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`packages/b/src/file-${index}.ts`, lines(400 + index)])),
  })
  const { code, output } = await judge('check-size.mjs', root)
  expect(output).toContain('files over 300 lines: 11')
  expect(output).toContain('409 packages/b/src/file-9.ts')
  expect(output, 'the eleventh is not shown').not.toContain('long.ts')
  expect(output).toContain('functions over 60 lines: 1')
  expect(output).toContain('61 packages/a/src/deep/tall.ts:2 long')
  expect(code).toBe(0)
})
