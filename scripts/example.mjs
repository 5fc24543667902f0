// npm run example -- <name> [--port 3000]: installs and builds what one example is missing, and serves it on this machine.
import './lib/require-node.mjs'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { exampleFolder, prepareExample } from './lib/examples.mjs'
import { installIfStale } from './lib/install.mjs'
import { REPOSITORY } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const POLL_MS = 50

const NAMES = readdirSync(join(REPOSITORY, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['test', 'migrate'].includes(entry.name))
  .map(({ name }) => name)

function refuse(told) {
  console.error(told)
  process.exit(2)
}

function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function tellWhenReady(port, isOver) {
  while (!isOver() && !(await isListening(port))) await pause(POLL_MS)
  if (!isOver()) console.log(`\nhttp://127.0.0.1:${port}  –  sign in as alice with wonderland; Ctrl-C ends it`)
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { port: { type: 'string', default: '3000' } } })
const [name] = positionals
if (positionals.length !== 1 || !NAMES.includes(name)) refuse(`npm run example -- <name> [--port 3000], where name is ${NAMES.join(', ')}.`)
if (!/^[1-9]\d{0,4}$/.test(values.port) || Number(values.port) > 65_535)
  refuse(`--port is a number up to 65535, and this is ${values.port}.`)

if ((await installIfStale(REPOSITORY)) !== 0) process.exit(1)
try {
  await prepareExample(name)
} catch (error) {
  refuse(error.message)
}
const port = Number(values.port)
if (await isListening(port))
  refuse(`Something is serving on port ${port} already. Take another one: npm run example -- ${name} --port ${port + 1}`)

const cwd = exampleFolder(name)
const server = name.startsWith('next') ? ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1'] : ['server.mjs']
const env = { ...process.env, PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' }
let isOver = false
const ended = run(process.execPath, server, { cwd, env }).finally(() => {
  isOver = true
})
await tellWhenReady(port, () => isOver)
process.exitCode = (await ended).code
