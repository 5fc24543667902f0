import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKeyFile } from '../../src/crypto/key-file.js'
import { systemRandom } from '../../src/crypto/random.js'

const random = systemRandom()
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sojourn-keys-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a key file', () => {
  it('is made at the first start, for its owner alone, and read at the next', async () => {
    const path = join(folder, 'deep', 'keys.json')
    const first = await openKeyFile(path, random)
    expect(first.length).toBe(32)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700)
    expect(Buffer.from(await openKeyFile(path, random))).toEqual(Buffer.from(first))
    expect(await readdir(join(folder, 'deep'))).toEqual(['keys.json'])
  })

  it('is made once when many start at the same moment', async () => {
    const path = join(folder, 'keys.json')
    const keys = await Promise.all(Array.from({ length: 20 }, () => openKeyFile(path, random)))
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1)
  })

  it('is refused while others can read it', async () => {
    const path = join(folder, 'keys.json')
    await openKeyFile(path, random)
    await chmod(path, 0o644)
    await expect(openKeyFile(path, random)).rejects.toThrow(/chmod 600/)
  })

  it('is refused, and left as it is, when it is damaged, and its content is not told', async () => {
    const path = join(folder, 'keys.json')
    for (const content of [
      '',
      'top-secret',
      '{"version":2,"master":"top-secret"}',
      '{"version":1,"master":"top-secret"}',
      '{"version":1}',
    ]) {
      await writeFile(path, content, { mode: 0o600 })
      const refusal = await openKeyFile(path, random).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(String(refusal)).toMatch(/key/)
      expect(String(refusal)).not.toContain('top-secret')
      expect(await readFile(path, 'utf8')).toBe(content)
    }
  })
})
