import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import { expect, it } from 'vitest'

const source = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url))

it('a pause of the clock keeps a process alive that has nothing else to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sojourn-wait-'))
  try {
    await build({
      config: false,
      entry: { clock: source('clock.ts') },
      outDir: join(folder, 'built'),
      format: 'esm',
      platform: 'node',
      fixedExtension: true,
      dts: false,
      logLevel: 'silent',
    })
    const script = "import { sleep, systemClock } from './built/clock.mjs'\nawait sleep(systemClock, 20)\nconsole.log('waited')\n"
    await writeFile(join(folder, 'script.mjs'), script)
    const child = spawn(process.execPath, [join(folder, 'script.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (part) => {
      out += String(part)
    })
    const [code] = await once(child, 'close')
    expect([code, out]).toEqual([0, 'waited\n'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
