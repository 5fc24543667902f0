import { commandsText } from '../lib/redis.mjs'

const withRange = ({ median, low, high }) => `${median.toFixed(3)} (${low.toFixed(2)}–${high.toFixed(2)})`

const signed = (value) => `${value < 0 ? '' : '+'}${value.toFixed(1)}`

export const COLUMNS = ['', 'ratio by CPU (95 %)', 'ratio by requests (95 %)', 'µs CPU bare', 'µs CPU added', 'store commands per request']

/** One pair as a row of its table. */
export function rowOf(name, { cpu, wall, bare, checked, commands }) {
  return [name, withRange(cpu), withRange(wall), bare.toFixed(1), signed(checked - bare), commandsText(commands)]
}
