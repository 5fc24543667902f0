import { type FileHandle, open } from 'node:fs/promises'
import { importRows, splitLines } from 'sojourn'
import { CommandError, EXIT } from '../exit.js'
import type { GlobalOptions, Io } from '../io.js'
import { plural } from '../plural.js'
import { progress } from '../progress.js'
import { openNamedStore } from '../store-name.js'
import { jsonLine, shown } from '../text.js'

export interface ImportRowsOptions extends GlobalOptions {
  readonly to?: string
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (cause) {
    throw new CommandError(EXIT.failed, `${shown(path)} cannot be read.`, { cause })
  }
}

/** `sojourn import`: puts the records of `sojourn export --rows` into a store. What is newer there, or has ended, stays. */
export async function importStoredRows(io: Io, path: string, { to = 'config', ...options }: ImportRowsOptions): Promise<void> {
  const file = await openFile(path)
  try {
    const { store, place } = await openNamedStore(io, options, '--to', to, true)
    const bar = progress(io, 'Records read')
    try {
      const lines = splitLines(file.createReadStream({ autoClose: false }))
      const imported = await importRows(store, lines, { onProgress: ({ rows }) => bar.step(rows) })
      bar.end()
      if (options.json === true) return await io.out(jsonLine(imported))
      const { rows, stored, skipped, superseded } = imported
      await io.out(
        `${plural(rows, 'record')} read: ${stored} stored in ${shown(place)}, ${skipped} there already, ${superseded} newer there.\n`,
      )
    } finally {
      bar.end()
      await store.close()
    }
  } finally {
    await file.close()
  }
}
