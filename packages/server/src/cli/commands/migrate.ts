import { type Copied, copyRows, type Moved, moveRows } from 'sojourn'
import { loadConfig } from '../../config/load.js'
import { confirm } from '../confirm.js'
import { CommandError, EXIT } from '../exit.js'
import type { GlobalOptions, Io } from '../io.js'
import { plural } from '../plural.js'
import { progress } from '../progress.js'
import { addressOf, probe } from '../service-probe.js'
import { sourcesOf } from '../sources.js'
import { type NamedStore, openNamedStore } from '../store-name.js'
import { jsonLine, shown } from '../text.js'

export interface MigrateOptions extends GlobalOptions {
  readonly from?: string
  readonly to?: string
  readonly move?: boolean
  readonly limit?: number
  readonly count?: boolean
  readonly yes?: boolean
  readonly printSql?: boolean
  readonly prefix?: string
  readonly schema?: string
}

/** `sojourn migrate`: brings all sessions into another store. docs/moving.md tells when to copy and when to move. */
export async function migrate(io: Io, options: MigrateOptions): Promise<void> {
  if (options.printSql === true) return await printSql(io, options)
  const { from, to } = options
  if (from === undefined || to === undefined) throw new CommandError(EXIT.usage, 'Both --from and --to are needed.')
  if (options.move !== true && options.limit !== undefined)
    throw new CommandError(EXIT.usage, '--limit is for --move: a part of a copy is of no use.')
  if (options.move !== true) await refuseRunning(io, options)
  const old = await openNamedStore(io, options, '--from', from, false)
  try {
    const young = await openNamedStore(io, options, '--to', to, true)
    try {
      if (options.move === true) await move(io, old, young, options)
      else await copy(io, old, young, options)
    } finally {
      await young.store.close()
    }
  } finally {
    await old.store.close()
  }
}

/** What changes while it is copied is not in the copy: who logs out meanwhile would be logged in again. */
async function refuseRunning(io: Io, options: MigrateOptions): Promise<void> {
  const settings = await loadConfig(sourcesOf(io, options))
  const url = options.url ?? addressOf(settings)
  if ((options.url === undefined && settings.port === 0) || !(await probe(io, url)).isAlive) return
  throw new CommandError(
    EXIT.failed,
    `A service runs at ${shown(url)}. Stop every node before a copy, or see docs/moving.md for moving while they run.`,
  )
}

async function copy(io: Io, old: NamedStore, young: NamedStore, { json }: MigrateOptions): Promise<void> {
  const bar = progress(io, 'Records copied')
  const copied = await copyRows(old.store, young.store, { onProgress: (so) => bar.step(so.copied) }).finally(() => bar.end())
  if (json === true) return await io.out(jsonLine(copied))
  await io.out(`${summary('copied', copied.copied, copied)}The old store is as it was: ${shown(old.place)}\n`)
  tellKeys(io, old, young)
}

async function move(io: Io, old: NamedStore, young: NamedStore, options: MigrateOptions): Promise<void> {
  const { yes, json, limit, count } = options
  const what = `Moves all sessions from ${shown(old.place)} to ${shown(young.place)}. Nodes that do not work on both stores lose them.`
  await confirm(io, yes === true, what, 'Nothing was moved.')
  const bar = progress(io, 'Records moved')
  const moved = await moveRows(old.store, young.store, {
    ...(limit === undefined ? {} : { limit }),
    count: count === true,
    onProgress: (so) => bar.step(so.moved, so.left === undefined ? undefined : so.moved + so.left),
  }).finally(() => bar.end())
  if (json === true) return await io.out(jsonLine(moved))
  await io.out(summary('moved', moved.moved, moved))
  if (!moved.isDone) return io.err('There is more in the old store. Run this again.\n')
  io.err('The old store is empty. Leave the nodes as they are for ten more minutes, then configure the new store alone.\n')
  tellKeys(io, old, young)
}

function summary(
  done: string,
  count: number,
  { verified, superseded, checksum, readBack }: Pick<Copied & Moved, 'verified' | 'superseded' | 'checksum' | 'readBack'>,
): string {
  const newer = superseded === 0 ? '' : ` Of ${plural(superseded, 'record')} the new store has a newer version, which stays.`
  return `${plural(count, 'record')} ${done}, ${verified.toLocaleString('en')} read back and the same.${newer}\nchecksum  ${checksum}\nread back ${readBack}\n`
}

function tellKeys(io: Io, old: NamedStore, young: NamedStore): void {
  if (old.type === 'sqlite' && young.place !== old.place) io.err('Take the key along: keys.json beside the old database, or SOJOURN_KEY.\n')
}

async function printSql(io: Io, { prefix, schema }: MigrateOptions): Promise<void> {
  const { postgresMigrations } = await import('sojourn/postgres')
  for (const { version, name, sql } of postgresMigrations(prefix, schema))
    await io.out(`-- ${version}: ${name}\nbegin;\n\n${sql}\ncommit;\n\n`)
}
