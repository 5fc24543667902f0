import { pino } from 'pino'
import type { Logger } from 'sojourn'
import type { LogLevel } from './settings.js'

/** Where lines go. */
export interface LogSink {
  write(line: string): void
}

/** Lines of JSON, or of text for people, on standard output. */
export function serviceLogger(level: LogLevel, isPretty: boolean, sink: LogSink = process.stdout): Logger {
  const target = isPretty ? { write: (line: string) => sink.write(prettyLine(line)) } : sink
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, target)
}

function prettyLine(line: string): string {
  const { time, level, msg, ...details }: Readonly<Record<string, unknown>> = JSON.parse(line)
  const rest = Object.entries(details).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}${rest.join('')}\n`
}
