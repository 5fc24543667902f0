import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Folder, temporaryFolder } from './terminal.js'

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))
/** A copy of the package as it is installed: what was built, its manifest, and its dependencies where they are found. */
let copy: string

let folder: Folder
const children = new Set<ChildProcess>()

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'sojourn-bin-'))
  await mkdir(join(copy, 'server'))
  await copyFile(join(PACKAGE, 'package.json'), join(copy, 'server/package.json'))
  await symlink(join(PACKAGE, '../../node_modules'), join(copy, 'node_modules'))
  await symlink(join(PACKAGE, 'node_modules'), join(copy, 'server/node_modules'))
  await build({
    config: false,
    cwd: PACKAGE,
    entry: { cli: 'src/cli.ts' },
    outDir: join(copy, 'server/dist'),
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    fixedExtension: false,
    dts: false,
    logLevel: 'silent',
    tsconfig: '../../tsconfig.json',
  })
})

afterAll(async () => {
  await rm(copy, { recursive: true, force: true })
})

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  await folder.remove()
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function spawned(argv: readonly string[]): {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  until(pattern: RegExp): Promise<string>
} {
  const env = { PATH: process.env['PATH'], SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: '0' }
  const child = spawn(process.execPath, [join(copy, 'server/dist/cli.js'), ...argv], {
    env,
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let out = ''
  let err = ''
  child.stdout.on('data', (part) => {
    out += String(part)
  })
  child.stderr.on('data', (part) => {
    err += String(part)
  })
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child)
    return { code: code as number | null, out, err }
  })
  const until = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(out)?.[0]
      if (found !== undefined) return found
      await Promise.race([once(child.stdout, 'data'), ended.then((all) => Promise.reject(new Error(JSON.stringify(all))))])
    }
  }
  return { child, ended, until }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('the program', () => {
  it('can be run as it is and tells its version', async () => {
    expect((await readFile(join(copy, 'server/dist/cli.js'), 'utf8')).startsWith('#!/usr/bin/env node\n')).toBe(true)
    const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as { readonly version: string }
    expect(await spawned(['--version']).ended).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  it('serves, is found by other commands, and leaves with 0 at SIGTERM', async () => {
    const serving = spawned(['serve', '--port', '0'])
    const url = await serving.until(/http:\/\/127\.0\.0\.1:\d+/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const key = (await readFile(join(folder.path, 'service-key'), 'utf8')).trim()
    const created = await fetch(`${url}/api/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"userId":"alice"}',
    })
    expect(created.status).toBe(201)
    const listed = await spawned(['sessions', 'list', '--json', '--url', url]).ended
    expect([listed.code, JSON.parse(listed.out)]).toEqual([0, expect.objectContaining({ userId: 'alice' })])
    const refused = await spawned(['users', 'revoke', 'alice', '--url', url]).ended
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('--yes')])
    const revoked = await spawned(['users', 'revoke', 'alice', '--yes', '--url', url]).ended
    expect([revoked.code, revoked.out]).toEqual([0, expect.stringContaining('1 session of alice ended')])
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
    expect((await readdir(folder.path)).sort()).toEqual(expect.arrayContaining(['admin-key', 'keys.json', 'service-key', 'sojourn.db']))
  })

  it('lives through the pauses between two tries, so that a service that is down is exit 3', async () => {
    await writeFile(join(folder.path, 'service-key'), 'a-service-key-of-tests')
    const { code, err } = await spawned(['users', 'revoke', 'alice', '--yes', '--url', `http://127.0.0.1:${await freePort()}`]).ended
    expect([code, err]).toEqual([3, expect.stringContaining('try again')])
  })

  it('goes on serving when the reader of its standard output or standard error has gone', async () => {
    const { child, ended, until } = spawned(['serve', '--port', '0'])
    const url = await until(/http:\/\/127\.0\.0\.1:\d+/)
    child.stdout?.destroy()
    child.stderr?.destroy()
    // Each request writes a line.
    for (let count = 0; count < 20; count++) expect((await fetch(`${url}/readyz`)).status).toBe(200)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  })

  it('takes no offence at a reader that leaves early', async () => {
    const { child, ended } = spawned(['--help'])
    child.stdout?.destroy()
    expect([0, null]).toContain((await ended).code)
  })
})
