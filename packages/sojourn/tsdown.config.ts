import type { UserConfig } from 'tsdown'
import sources from './entries.json' with { type: 'json' }

// `./client` becomes dist/client.js: what is published is named after its subpath, not after where its source lies.
const entry = Object.fromEntries(
  Object.entries(sources).map(([subpath, source]) => [subpath === '.' ? 'index' : subpath.slice('./'.length), source]),
)

const config: UserConfig = {
  entry,
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  dts: true,
  tsconfig: '../../tsconfig.json',
  // A driver that found its way into dist/ would make everybody install it: the build fails instead.
  deps: { onlyBundle: [] },
}

export default config
