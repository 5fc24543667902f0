import type { ClientHints, DeviceClass } from '../session.js'

/** What of a user agent stays the same when a browser is updated. */
export interface AgentFamily {
  readonly browser: string
  readonly system: string
}

/** What is read out of a `User-Agent` and the client hints beside it. */
export interface Agent extends AgentFamily {
  /** The first number of the version. */
  readonly major?: number
  readonly deviceClass: DeviceClass
}

/** Name, the product tokens (RFC 9110 10.1.5) that tell it, and the token that it is written with by `writtenAgent`. */
interface Product {
  readonly name: string
  readonly pattern: RegExp
  readonly token: string
  /** Where the version stands, if not behind the token that tells the product. */
  readonly version?: RegExp
}

const product = (name: string, tokens: string, token: string, version?: RegExp): Product => ({
  name,
  pattern: new RegExp(`\\b(?:${tokens})/(\\d+)?`),
  token,
  ...(version === undefined ? {} : { version }),
})

// Order matters: most browsers also claim to be those further down.
const BROWSERS: readonly Product[] = [
  product('Edge', 'Edg|EdgA|EdgiOS|Edge', 'Edg'),
  product('Opera', 'OPR|OPiOS|OPT|OPX|Opera', 'OPR'),
  product('Samsung Internet', 'SamsungBrowser', 'SamsungBrowser'),
  product('Vivaldi', 'Vivaldi', 'Vivaldi'),
  product('Yandex', 'YaBrowser', 'YaBrowser'),
  product('UC Browser', 'UCBrowser', 'UCBrowser'),
  product('DuckDuckGo', 'DuckDuckGo|Ddg', 'DuckDuckGo'),
  product('Silk', 'Silk', 'Silk'),
  product('Instagram', 'Instagram', 'Instagram'),
  { name: 'Instagram', pattern: /\bInstagram (\d+)/, token: 'Instagram' },
  product('Facebook', 'FBAV', 'FBAV'),
  product('Google app', 'GSA', 'GSA'),
  product('Electron', 'Electron', 'Electron'),
  product('Firefox', 'Firefox|FxiOS', 'Firefox'),
  product('Chrome', 'Chrome|CriOS|Chromium|HeadlessChrome', 'Chrome'),
  product('Safari', 'Safari', 'Safari', /\bVersion\/(\d+)/),
]

const SYSTEMS: ReadonlyArray<readonly [string, RegExp]> = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod|iPadOS|iOS)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\b(?:Mac OS X|Macintosh|macOS)\b/],
  ['ChromeOS', /\bCrOS\b|\bChromeOS\b/],
  ['Linux', /\b(?:Linux|X11)\b/],
]

/** Names of robots end so, and are followed by a version or an address; the telephones called Cubot are none. */
const ROBOT = /\b(?!cubot)([a-z][a-z-]*(?:bot|crawler|spider)(?:-[a-z]+)?|slurp|bingpreview|facebookexternalhit|lighthouse)(?:[/;)]| |$)/i
const ROBOT_VERSION = /^[a-z-]+\/(\d+)/i
const FIRST_PRODUCT = /^[!-.0-~]+/
const FIRST_VERSION = /^[!-.0-~]+\/(\d+)/
const TABLET = /\b(?:iPad|iPadOS|Tablet|Silk)\b(?! PC)/
const TELEPHONE = /\b(?:iPhone|iPod|Mobile|Phone)\b/
/** The form that `writtenAgent` writes. */
const WRITTEN = /^[!-.0-~]+(?:\/\d+)? \([A-Za-z]+; (desktop|mobile|tablet|bot|unknown)\)$/

/** More digits are no version of anything. */
const MAX_MAJOR = 99_999

function numberIn(digits: string | undefined): number | undefined {
  const major = digits === undefined ? Number.NaN : Number(digits)
  return major <= MAX_MAJOR ? major : undefined
}

interface Named {
  readonly name: string
  readonly token: string
  readonly major: number | undefined
  readonly isRobot: boolean
}

function nameOf(text: string): Named {
  const robot = ROBOT.exec(text)
  if (robot?.[1] !== undefined) {
    const version = ROBOT_VERSION.exec(text.slice(robot.index))?.[1]
    return { name: robot[1], token: robot[1], major: numberIn(version), isRobot: true }
  }
  for (const { name, pattern, token, version } of BROWSERS) {
    const found = pattern.exec(text)
    if (found === null) continue
    return { name, token, major: numberIn(version?.exec(text)?.[1] ?? found[1]), isRobot: /\bHeadlessChrome\//.test(text) }
  }
  const name = FIRST_PRODUCT.exec(text)?.[0] ?? 'unknown'
  return { name, token: name, major: numberIn(FIRST_VERSION.exec(text)?.[1]), isRobot: false }
}

const systemOf = (text: string): string => SYSTEMS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unknown'

function classOf(text: string, system: string, isRobot: boolean): DeviceClass {
  const written = WRITTEN.exec(text)?.[1]
  if (written !== undefined) return written as DeviceClass
  if (isRobot) return 'bot'
  if (system === 'unknown') return 'unknown'
  if (TABLET.test(text)) return 'tablet'
  if (TELEPHONE.test(text)) return 'mobile'
  // Android leaves out `Mobile` on large screens and says nothing else about them.
  return system === 'Android' ? 'tablet' : system === 'iOS' ? 'mobile' : 'desktop'
}

/** Browser family and system of a user agent; for anything that is no browser, the name of its first product (RFC 9110 10.1.5). */
export function agentFamily(userAgent: string): AgentFamily {
  return { browser: nameOf(userAgent).name, system: systemOf(userAgent) }
}

/** One brand of `Sec-CH-UA` (a structured field, RFC 8941): its name and its version. */
const BRAND = /"((?:[^"\\]|\\.){1,64})"\s*;\s*v="(\d{1,5})(?:\.[^"]*)?"/g
/** The brand that is there to be ignored: `Not/A)Brand`, in ever new spellings (User-Agent Client Hints, GREASE). */
const GREASE = /^\W*not\W*a?\W*brand\W*$/i
const BRANDS: ReadonlyMap<string, string> = new Map([
  ['google chrome', 'Chrome'],
  ['microsoft edge', 'Edge'],
  ['opera', 'Opera'],
  ['opera gx', 'Opera'],
  ['brave', 'Brave'],
  ['samsung internet', 'Samsung Internet'],
  ['yabrowser', 'Yandex'],
  ['yandex', 'Yandex'],
  ['vivaldi', 'Vivaldi'],
  ['duckduckgo', 'DuckDuckGo'],
])
const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ['android', 'Android'],
  ['ios', 'iOS'],
  ['windows', 'Windows'],
  ['macos', 'macOS'],
  ['chrome os', 'ChromeOS'],
  ['chromium os', 'ChromeOS'],
  ['linux', 'Linux'],
])

/** The browser among the brands that a client names, with its version; undefined if it names none that is known. */
export function brandIn(brands: string): { readonly browser: string; readonly major: number } | undefined {
  for (const [, brand = '', version = ''] of brands.matchAll(BRAND)) {
    const browser = GREASE.test(brand) ? undefined : BRANDS.get(brand.toLowerCase())
    if (browser !== undefined) return { browser, major: Number(version) }
  }
  return undefined
}

/** The system that `Sec-CH-UA-Platform` names, if it is one that is known. */
export function platformIn(platform: string): string | undefined {
  return PLATFORMS.get(platform.replaceAll('"', '').trim().toLowerCase())
}

/** What the header says by itself. */
interface Alone {
  readonly named: Named
  readonly system: string
  readonly agent: Agent
}

/** User agents kept in mind, of at most 1 KiB each: most requests of a site come from some dozens of them. */
const MAX_KNOWN = 1_000
const known = new Map<string, Alone>()

/** Worked out once, since two dozen patterns are tried on it. The oldest makes room. */
function readAlone(text: string): Alone {
  const before = known.get(text)
  if (before !== undefined) return before
  const named = nameOf(text)
  const { name, major, isRobot } = named
  const system = systemOf(text)
  const deviceClass = classOf(text, system, isRobot)
  const alone = { named, system, agent: Object.freeze({ browser: name, system, ...(major === undefined ? {} : { major }), deviceClass }) }
  if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? '')
  known.set(text, alone)
  return alone
}

/**
 * Browser, system and kind of device. Client hints, where they are given, know better than the header: Chromium has frozen
 * what it says there. Undefined if nothing is known.
 */
export function readAgent(userAgent: string | undefined, hints: ClientHints = {}): Agent | undefined {
  const text = userAgent ?? ''
  const brand = hints.brands === undefined ? undefined : brandIn(hints.brands)
  const platform = hints.platform === undefined ? undefined : platformIn(hints.platform)
  if (userAgent === undefined && brand === undefined && platform === undefined) return undefined
  const alone = readAlone(text)
  if (brand === undefined && platform === undefined && hints.mobile === undefined) return alone.agent
  const { named } = alone
  const system = platform ?? alone.system
  const guess = classOf(text, system, named.isRobot)
  const isTelephone = hints.mobile === '?1' && guess !== 'bot' && !TABLET.test(text)
  const major = named.isRobot ? named.major : (brand?.major ?? named.major)
  return {
    browser: named.isRobot ? named.name : (brand?.browser ?? named.name),
    system,
    ...(major === undefined ? {} : { major }),
    deviceClass: isTelephone ? 'mobile' : guess,
  }
}

/** A user agent reduced to family, first number of the version, system and kind of device. Reading it gives these again. */
export function writtenAgent(userAgent: string): string {
  const { token, major, isRobot } = nameOf(userAgent)
  const system = systemOf(userAgent)
  return `${token}${major === undefined ? '' : `/${major}`} (${system}; ${classOf(userAgent, system, isRobot)})`
}
