import { defineConfig } from 'vitest/config'

const source = (path: string): string => new URL(`./packages/sojourn/src/${path}`, import.meta.url).pathname

export default defineConfig({
  resolve: {
    // Tests run the sources; what is published is tested by the package checks.
    alias: [
      { find: /^sojourn$/, replacement: source('index.ts') },
      { find: /^sojourn\/client$/, replacement: source('client/client.ts') },
      { find: /^sojourn\/errors$/, replacement: source('errors.ts') },
      { find: /^sojourn\/memory$/, replacement: source('store/memory.ts') },
      { find: /^sojourn\/sqlite$/, replacement: source('store/sqlite.ts') },
      { find: /^sojourn\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
