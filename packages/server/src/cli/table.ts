import { fit, widthOf } from './text.js'

export interface Column<Row> {
  readonly title: string
  /** Already safe to show. */
  readonly text: (row: Row) => string
  /** The narrowest that it may get; the natural width for a column that must not be cut. */
  readonly least?: number
  /** Columns with the highest number go first when the terminal is too narrow; without a number it always stays. */
  readonly leaves?: number
}

const GAP = 2

/** Lines of a table, the titles first, none wider than `width` as long as the columns that must stay fit. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = new Map(columns.map((column) => [column, rows.map((row) => column.text(row))]))
  const natural = (column: Column<Row>): number => Math.max(widthOf(column.title), ...(cells.get(column) ?? []).map(widthOf))
  const least = (column: Column<Row>): number => Math.min(natural(column), column.least ?? natural(column))
  const total = (widths: readonly number[]): number => widths.reduce((sum, one) => sum + one + GAP, -GAP)

  let kept = [...columns]
  while (total(kept.map(least)) > width) {
    const leaving = kept.reduce<Column<Row> | undefined>(
      (found, column) => ((column.leaves ?? 0) > (found?.leaves ?? 0) ? column : found),
      undefined,
    )
    if (leaving === undefined) break
    kept = kept.filter((column) => column !== leaving)
  }
  const widths = squeeze(kept.map(natural), kept.map(least), width - (kept.length - 1) * GAP)
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => pad(fit(text, widths[index] ?? 0), widths[index] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd()
  return [line(kept.map((column) => column.title)), ...rows.map((_, index) => line(kept.map((column) => cells.get(column)?.[index] ?? '')))]
}

/** Takes columns from the widest one that can give until all fit into `room`. */
function squeeze(natural: readonly number[], least: readonly number[], room: number): number[] {
  const widths = [...natural]
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over--) {
    let widest = -1
    for (const [index, width] of widths.entries()) {
      if (width > (least[index] ?? 0) && width > (widths[widest] ?? 0)) widest = index
    }
    if (widest === -1) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
