import type { KnipConfig } from 'knip'
import entries from './packages/sojourn/entries.json' with { type: 'json' }

const config: KnipConfig = {
  ignoreExportsUsedInFile: true,
  workspaces: {
    '.': {
      entry: ['scripts/*.mjs'],
      project: ['scripts/**/*.{mjs,cjs}'],
      // Run inside a project of their own, where the packages are installed.
      ignore: ['scripts/packaging/*.{mjs,cjs}'],
      // Started by scripts/check.mjs from node_modules.
      ignoreDependencies: ['@arethetypeswrong/cli', 'oxlint', 'oxlint-tsgolint'],
    },
    // A project of its own, which npm does not know as a workspace: its packages are installed when it is run.
    bench: {
      // Tables, stacks, frameworks and processes are started by their names.
      entry: ['tables/*.mjs', 'nodes/*.mjs', 'races/*.mjs', 'http/server.mjs', 'http/{variants,frameworks}/*.mjs'],
      project: ['**/*.mjs'],
      // Programs of the system.
      ignoreBinaries: ['redis-server', 'redis-cli'],
    },
    'packages/sojourn': {
      // A worker is started by its file name.
      entry: [
        ...Object.values(entries),
        'test/**/*.test.ts',
        'test/**/{*-,}worker.ts',
        'test/simulation/run-many.ts',
        'test/coherence/node-process.ts',
        'test/express-session/app-process.ts',
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
