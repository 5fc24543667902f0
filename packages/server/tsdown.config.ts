import type { UserConfig } from 'tsdown'

const config: UserConfig = {
  entry: { index: 'src/index.ts', cli: 'src/cli.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  dts: { entry: 'src/index.ts' },
  tsconfig: '../../tsconfig.json',
  // The paths of tsconfig.json lead to the sources of the library; the service is shipped beside it, never with a copy of it.
  deps: { neverBundle: [/^sojourn($|\/)/], onlyBundle: [] },
}

export default config
