import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'
import entries from './packages/sojourn/entries.json' with { type: 'json' }

// Tests run the sources; what is published is tested by scripts/packaging.
const alias = Object.entries(entries).map(([subpath, source]) => ({
  find: new RegExp(`^sojourn${subpath.slice(1)}$`),
  replacement: fileURLToPath(new URL(`./packages/sojourn/${source}`, import.meta.url)),
}))

const config: ViteUserConfig = {
  resolve: { alias },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
}

export default config
