import { shown } from './text.js'

// Order matters: most browsers also claim to be those further down.
const BROWSERS = [/\b(Edg)\w*\//, /\b(OPR|Opera)\//, /\b(SamsungBrowser)\//, /\b(Firefox|FxiOS)\//, /\b(Chrome|CriOS)\//, /\b(Safari)\//]
const SYSTEMS = [/\b(Android)\b/, /\b(iPhone|iPad)\b/, /\b(Windows)\b/, /\b(Mac)(?: OS X|intosh)\b/, /\b(CrOS)\b/, /\b(Linux)\b/]
const NAMES: Readonly<Record<string, string>> = {
  Edg: 'Edge',
  OPR: 'Opera',
  SamsungBrowser: 'Samsung',
  FxiOS: 'Firefox',
  CriOS: 'Chrome',
  CrOS: 'ChromeOS',
}

/** A user agent as people say it, `Firefox on Linux`, or its beginning if it is no browser's. */
export function agentName(userAgent: string | undefined): string {
  if (userAgent === undefined) return ''
  const browser = first(BROWSERS, userAgent)
  const system = first(SYSTEMS, userAgent)
  if (browser === undefined) return shown(userAgent)
  return system === undefined ? browser : `${browser} on ${system}`
}

function first(patterns: readonly RegExp[], text: string): string | undefined {
  const word = patterns.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined)
  return word === undefined ? undefined : (NAMES[word] ?? word)
}
