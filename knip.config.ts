import type { KnipConfig } from 'knip'
import entries from './packages/sojourn/entries.json' with { type: 'json' }

const config: KnipConfig = {
  ignoreExportsUsedInFile: true,
  workspaces: {
    '.': {
      entry: ['scripts/*.mjs', 'bench/*.mjs'],
      project: ['scripts/**/*.{mjs,cjs}', 'bench/**/*.mjs'],
      // Run inside a project of their own, where the packages are installed.
      ignore: ['scripts/packaging/*.{mjs,cjs}'],
      // Programs of the system, started by the benchmarks.
      ignoreBinaries: ['redis-server', 'redis-cli'],
      // Started by scripts/check.mjs from node_modules.
      ignoreDependencies: ['@arethetypeswrong/cli', 'oxlint', 'oxlint-tsgolint'],
    },
    'packages/sojourn': {
      // A worker is started by its file name.
      entry: [
        ...Object.values(entries),
        'test/**/*.test.ts',
        'test/**/{*-,}worker.ts',
        'test/simulation/run-many.ts',
        'test/coherence/node-process.ts',
        // Takes the place of `node:crypto` in the built simulation.
        'test/simulation/remembered-crypto.ts',
      ],
      project: ['src/**/*.ts', 'test/**/*.ts'],
      // Programs of the system, found and started by the tests.
      ignoreBinaries: ['memcached', 'mount', 'umount'],
    },
    'packages/server': {
      entry: ['test/**/*.test.ts'],
      project: ['src/**/*.ts', 'test/**/*.ts'],
    },
  },
}

export default config
