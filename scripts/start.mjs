// npm start: installs what is missing, builds what is stale, and serves. Needs nothing but Node and npm.
import './lib/require-node.mjs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIfStale } from './lib/build-packages.mjs'
import { endWithParent } from './lib/end-with-parent.mjs'
import { installIfStale } from './lib/install.mjs'
import { REPOSITORY } from './lib/root.mjs'

const failed = (await installIfStale(REPOSITORY)) || (await buildIfStale(REPOSITORY))
if (failed) process.exit(failed)

// The service runs in this very process: no child is left holding the port, whichever process is killed.
const cli = join(REPOSITORY, 'packages/server/dist/cli.js')
process.argv = [process.execPath, cli, 'serve', ...process.argv.slice(2)]
if (process.env.npm_lifecycle_event === 'start') endWithParent()
await import(pathToFileURL(cli).href)
