// npm run bench [-- warm | revocation]: prints tables. Nothing here fails because a machine was busy: read the ratios, and CPU time.
import '../scripts/lib/require-node.mjs'
import { cpus } from 'node:os'
import { buildIfStale } from '../scripts/lib/build-packages.mjs'
import { installIfStale } from '../scripts/lib/install.mjs'
import { REPOSITORY } from '../scripts/lib/root.mjs'
import { requirePrograms } from '../scripts/requirements.mjs'

const TABLES = ['warm', 'revocation']

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !TABLES.includes(name))
if (unknown !== undefined) {
  console.error(`There is no table "${unknown}". Known are ${TABLES.join(', ')}.`)
  process.exit(2)
}
if ((await installIfStale(REPOSITORY)) || (await buildIfStale(REPOSITORY))) process.exit(1)
await requirePrograms(['redis-server', 'redis-cli'])
console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'processor'}`)
for (const name of wanted.length > 0 ? wanted : TABLES) {
  const { table } = await import(`./${name}.mjs`)
  await table()
}
