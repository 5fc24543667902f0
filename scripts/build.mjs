// npm run build: builds the packages whose sources, configuration or dependencies have changed.
import './lib/require-node.mjs'
import { buildIfStale } from './lib/build-packages.mjs'
import { installIfStale } from './lib/install.mjs'
import { REPOSITORY } from './lib/root.mjs'

process.exitCode = (await installIfStale(REPOSITORY)) || (await buildIfStale(REPOSITORY))
