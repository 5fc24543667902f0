/** What of a user agent stays the same when a browser is updated. */
export interface AgentFamily {
  readonly browser: string
  readonly system: string
}

// Order matters: most browsers also claim to be those further down.
const BROWSERS: ReadonlyArray<readonly [string, RegExp]> = [
  ['Edge', /\b(?:Edg|EdgA|EdgiOS|Edge)\//],
  ['Opera', /\b(?:OPR|OPiOS|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
]

const SYSTEMS: ReadonlyArray<readonly [string, RegExp]> = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\b(?:Mac OS X|Macintosh)\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\b(?:Linux|X11)\b/],
]

const firstMatch = (table: ReadonlyArray<readonly [string, RegExp]>, text: string): string | undefined =>
  table.find(([, pattern]) => pattern.test(text))?.[0]

/** Browser family and system of a user agent; for anything that is no browser, the name of its first product (RFC 9110 10.1.5). */
export function agentFamily(userAgent: string): AgentFamily {
  return {
    browser: firstMatch(BROWSERS, userAgent) ?? /^[!-.0-~]+/.exec(userAgent)?.[0] ?? 'unknown',
    system: firstMatch(SYSTEMS, userAgent) ?? 'unknown',
  }
}
