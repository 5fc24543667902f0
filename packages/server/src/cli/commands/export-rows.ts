import { exportRows } from 'sojourn'
import { atomically } from '../atomically.js'
import type { GlobalOptions, Io } from '../io.js'
import { plural } from '../plural.js'
import { progress } from '../progress.js'
import { openNamedStore } from '../store-name.js'
import { jsonLine, shown } from '../text.js'

export interface ExportRowsOptions extends GlobalOptions {
  readonly from?: string
  readonly output?: string
}

/** Written at once: large enough to be fast, small enough to hold nothing up. */
const PART = 64 * 1024

/** `sojourn export --rows`: every record as it is stored, sealed, for `sojourn import`. */
export async function exportStoredRows(io: Io, { from = 'config', output, ...options }: ExportRowsOptions): Promise<void> {
  const { store, place } = await openNamedStore(io, options, '--from', from, false)
  const bar = progress(io, 'Records written')
  async function writeAll(write: (text: string) => Promise<void>): Promise<number> {
    let part = ''
    let count = 0
    const { rows } = await exportRows(store, async (line) => {
      part += `${line}\n`
      bar.step(count++)
      if (part.length < PART) return
      await write(part)
      part = ''
    })
    await write(part)
    return rows
  }
  try {
    if (output === undefined) return void (await writeAll((text) => io.out(text)))
    const rows = await atomically(output, (file) => writeAll(async (text) => void (await file.writeFile(text))))
    bar.end()
    if (options.json === true) io.err(jsonLine({ rows, output }))
    else
      io.err(
        `${plural(rows, 'record')} of ${shown(place)} written to ${shown(output)}. They open only with the key of this installation: keep it elsewhere.\n`,
      )
  } finally {
    bar.end()
    await store.close()
  }
}
