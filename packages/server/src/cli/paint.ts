import type { Io } from './io.js'

export type Paint = (style: 'bold' | 'dim' | 'red' | 'yellow' | 'green', text: string) => string

const CODES = Object.freeze({ bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39], green: [32, 39] } as const)

/** Styles for a terminal; none for a file or a pipe, and none where `NO_COLOR` is set (no-color.org). */
export function paint({ columns, env }: Io): Paint {
  const isPlain = columns === undefined || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  return (style, text) => (isPlain ? text : `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`)
}
