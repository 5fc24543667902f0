import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agentFamily, brandIn, platformIn, readAgent, writtenAgent } from '../../src/policy/user-agent.js'
import type { DeviceClass } from '../../src/session.js'

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64)'
const PHONE = 'Mozilla/5.0 (Linux; Android 10; K)'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)'
const IPAD = 'Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X)'
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

type Line = readonly [text: string, browser: string, major: number | undefined, system: string, deviceClass: DeviceClass]

const TABLE: readonly Line[] = [
  // Chrome
  [`${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36`, 'Chrome', 142, 'Windows', 'desktop'],
  [`${MAC} ${BLINK} Chrome/141.0.0.0 Safari/537.36`, 'Chrome', 141, 'macOS', 'desktop'],
  [`${LINUX} ${BLINK} Chrome/126.0.0.0 Safari/537.36`, 'Chrome', 126, 'Linux', 'desktop'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/139.0.0.0 Safari/537.36`, 'Chrome', 139, 'ChromeOS', 'desktop'],
  [`Mozilla/5.0 (X11; CrOS aarch64 15699.72.0) ${BLINK} Chrome/119.0.6045.212 Safari/537.36`, 'Chrome', 119, 'ChromeOS', 'desktop'],
  [`${PHONE} ${BLINK} Chrome/142.0.0.0 Mobile Safari/537.36`, 'Chrome', 142, 'Android', 'mobile'],
  [`${PHONE} ${BLINK} Chrome/140.0.0.0 Safari/537.36`, 'Chrome', 140, 'Android', 'tablet'],
  [`Mozilla/5.0 (Linux; Android 9; CUBOT X30) ${BLINK} Chrome/120.0.0.0 Mobile Safari/537.36`, 'Chrome', 120, 'Android', 'mobile'],
  [`${IPHONE} ${WEBKIT} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`, 'Chrome', 131, 'iOS', 'mobile'],
  [`${IPAD} ${WEBKIT} CriOS/130.0.6723.90 Mobile/15E148 Safari/604.1`, 'Chrome', 130, 'iOS', 'tablet'],
  [`${LINUX} ${BLINK} HeadlessChrome/138.0.0.0 Safari/537.36`, 'Chrome', 138, 'Linux', 'bot'],
  [`${LINUX} ${BLINK} Ubuntu Chromium/83.0.4103.61 Chrome/83.0.4103.61 Safari/537.36`, 'Chrome', 83, 'Linux', 'desktop'],
  // Edge
  [`${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 'Edge', 142, 'Windows', 'desktop'],
  [`${MAC} ${BLINK} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, 'Edge', 140, 'macOS', 'desktop'],
  [`${LINUX} ${BLINK} Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0`, 'Edge', 139, 'Linux', 'desktop'],
  [`${PHONE} ${BLINK} Chrome/139.0.0.0 Mobile Safari/537.36 EdgA/139.0.0.0`, 'Edge', 139, 'Android', 'mobile'],
  [`${IPHONE} ${WEBKIT} Version/18.0 EdgiOS/138.0.3351.95 Mobile/15E148 Safari/604.1`, 'Edge', 138, 'iOS', 'mobile'],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0 Safari/537.36 Edge/17.17134',
    'Edge',
    17,
    'Windows',
    'desktop',
  ],
  // Firefox
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox', 145, 'Windows', 'desktop'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox', 145, 'macOS', 'desktop'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox', 128, 'Linux', 'desktop'],
  ['Mozilla/5.0 (X11; Ubuntu; Linux aarch64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 140, 'Linux', 'desktop'],
  ['Mozilla/5.0 (Wayland; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 140, 'Linux', 'desktop'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0', 'Firefox', 144, 'Android', 'mobile'],
  ['Mozilla/5.0 (Android 13; Tablet; rv:143.0) Gecko/143.0 Firefox/143.0', 'Firefox', 143, 'Android', 'tablet'],
  [`${IPHONE} ${WEBKIT} FxiOS/133.0 Mobile/15E148 Safari/605.1.15`, 'Firefox', 133, 'iOS', 'mobile'],
  [`${IPAD} ${WEBKIT} FxiOS/132.0 Mobile/15E148 Safari/605.1.15`, 'Firefox', 132, 'iOS', 'tablet'],
  // Safari
  [`${MAC} ${WEBKIT} Version/18.1 Safari/605.1.15`, 'Safari', 18, 'macOS', 'desktop'],
  [`${IPHONE} ${WEBKIT} Version/18.1 Mobile/15E148 Safari/604.1`, 'Safari', 18, 'iOS', 'mobile'],
  [`${IPAD} ${WEBKIT} Version/17.6 Mobile/15E148 Safari/604.1`, 'Safari', 17, 'iOS', 'tablet'],
  [
    'Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1',
    'Safari',
    12,
    'iOS',
    'mobile',
  ],
  // Opera
  [`${WINDOWS} ${BLINK} Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0`, 'Opera', 122, 'Windows', 'desktop'],
  [`${MAC} ${BLINK} Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0`, 'Opera', 122, 'macOS', 'desktop'],
  [`${LINUX} ${BLINK} Chrome/137.0.0.0 Safari/537.36 OPR/121.0.0.0`, 'Opera', 121, 'Linux', 'desktop'],
  [`${PHONE} ${BLINK} Chrome/137.0.0.0 Mobile Safari/537.36 OPR/90.0.0.0`, 'Opera', 90, 'Android', 'mobile'],
  [`${IPHONE} ${WEBKIT} Version/18.1 Mobile/15E148 Safari/604.1 OPT/5.2.1`, 'Opera', 5, 'iOS', 'mobile'],
  ['Opera/9.80 (Windows NT 6.1; U; en) Presto/2.12.388', 'Opera', 9, 'Windows', 'desktop'],
  // Samsung and others
  [
    'Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
    'Samsung Internet',
    27,
    'Android',
    'mobile',
  ],
  [
    'Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36',
    'Samsung Internet',
    23,
    'Android',
    'tablet',
  ],
  [`${WINDOWS} ${BLINK} Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5.3735.44`, 'Vivaldi', 7, 'Windows', 'desktop'],
  [`${WINDOWS} ${BLINK} Chrome/138.0.0.0 YaBrowser/25.8.0.0 Safari/537.36`, 'Yandex', 25, 'Windows', 'desktop'],
  [`${PHONE} ${BLINK} Version/4.0 Chrome/100.0.4896.58 UCBrowser/15.5.2 Mobile Safari/537.36`, 'UC Browser', 15, 'Android', 'mobile'],
  [`${PHONE} ${BLINK} Version/4.0 Chrome/138.0.0.0 Mobile DuckDuckGo/5 Safari/537.36`, 'DuckDuckGo', 5, 'Android', 'mobile'],
  [`${MAC} ${WEBKIT} Version/18.1 Safari/605.1.15 Ddg/18.1`, 'DuckDuckGo', 18, 'macOS', 'desktop'],
  [
    'Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/138.2.1 like Chrome/138.0.0.0 Safari/537.36',
    'Silk',
    138,
    'Android',
    'tablet',
  ],
  // Inside applications
  [`${IPHONE} ${WEBKIT} Mobile/22B91 Instagram 360.0.0.35.90 (iPhone16,2; iOS 18_1)`, 'Instagram', 360, 'iOS', 'mobile'],
  [`${IPHONE} ${WEBKIT} Mobile/22B91 [FBAN/FBIOS;FBAV/490.0.0.38.108;FBDV/iPhone15,3]`, 'Facebook', 490, 'iOS', 'mobile'],
  [`${IPHONE} ${WEBKIT} GSA/342.0.693598186 Mobile/15E148 Safari/604.1`, 'Google app', 342, 'iOS', 'mobile'],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36',
    'Chrome',
    131,
    'Android',
    'mobile',
  ],
  [`${LINUX} ${BLINK} Notes/3.1.0 Chrome/128.0.6613.36 Electron/32.0.1 Safari/537.36`, 'Electron', 32, 'Linux', 'desktop'],
  ['Bank/7.2.0 (iPhone; iOS 18.1; Scale/3.00)', 'Bank', 7, 'iOS', 'mobile'],
  ['Bank/7.2.0 (Android 14; Mobile; sdk 34)', 'Bank', 7, 'Android', 'mobile'],
  ['okhttp/4.12.0', 'okhttp', 4, 'unknown', 'unknown'],
  ['Dart/3.5 (dart:io)', 'Dart', 3, 'unknown', 'unknown'],
  ['Bank/12 CFNetwork/1568.200.51 Darwin/24.1.0', 'Bank', 12, 'unknown', 'unknown'],
  // Programs
  ['curl/8.5.0', 'curl', 8, 'unknown', 'unknown'],
  ['Wget/1.21.4', 'Wget', 1, 'unknown', 'unknown'],
  ['python-requests/2.32.3', 'python-requests', 2, 'unknown', 'unknown'],
  ['Go-http-client/2.0', 'Go-http-client', 2, 'unknown', 'unknown'],
  ['PostmanRuntime/7.42.0', 'PostmanRuntime', 7, 'unknown', 'unknown'],
  ['axios/1.7.7', 'axios', 1, 'unknown', 'unknown'],
  ['node', 'node', undefined, 'unknown', 'unknown'],
  // Robots
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Googlebot', 2, 'unknown', 'bot'],
  [
    `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) ${BLINK} Chrome/141.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
    'Googlebot',
    2,
    'Android',
    'bot',
  ],
  ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 'bingbot', 2, 'unknown', 'bot'],
  ['Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)', 'YandexBot', 3, 'unknown', 'bot'],
  ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'facebookexternalhit', 1, 'unknown', 'bot'],
  ['Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)', 'Slurp', undefined, 'unknown', 'bot'],
  ['Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)', 'AhrefsBot', 7, 'unknown', 'bot'],
  // What says nothing
  ['my agent', 'my', undefined, 'unknown', 'unknown'],
  [' ', 'unknown', undefined, 'unknown', 'unknown'],
  [`Chrome/${'9'.repeat(40)}`, 'Chrome', undefined, 'unknown', 'unknown'],
]

describe('a user agent', () => {
  test('is read from a table of more than sixty', () => {
    expect(TABLE.length).toBeGreaterThanOrEqual(60)
    expect(new Set(TABLE.map(([text]) => text)).size).toBe(TABLE.length)
  })

  test.each(TABLE)('%s is %s %s on %s, %s', (text, browser, major, system, deviceClass) => {
    expect(readAgent(text)).toEqual({ browser, ...(major === undefined ? {} : { major }), system, deviceClass })
    expect(agentFamily(text)).toEqual({ browser, system })
  })

  test.each(TABLE)('%s says the same when it is reduced to what may be kept [PRV-1]', (text) => {
    const written = writtenAgent(text)
    expect(readAgent(written)).toEqual(readAgent(text))
    expect(writtenAgent(written)).toBe(written)
    expect(written).not.toMatch(/\d+\.\d/)
    expect(written.length).toBeLessThan(80)
  })

  test('is reduced to family, first number of the version, system and kind of device [PRV-1]', () => {
    expect(writtenAgent(`${PHONE} ${BLINK} Chrome/142.0.7444.171 Mobile Safari/537.36`)).toBe('Chrome/142 (Android; mobile)')
  })

  test('of any text is read without a throw, in the same way each time', () => {
    const words = fc.constantFrom(
      'Mozilla/5.0',
      'Chrome/',
      'Firefox/1',
      '(iPhone;',
      'bot',
      'Googlebot/2',
      'Version/9',
      ')',
      '; ',
      '/',
      ' ',
      'Tablet',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 300 }),
          fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(readAgent(text)).toEqual(readAgent(text))
          writtenAgent(text)
        },
      ),
      { seed: 20_261_123, numRuns: 3_000 },
    )
  })

  test('of the longest allowed length is read in a blink, whatever it repeats', () => {
    const started = performance.now()
    for (const piece of ['bot', '-', 'a-', 'Chrome/1 ', 'Mozilla/', '"', ';v="1', 'not a brand'])
      readAgent(piece.repeat(1_024).slice(0, 1_024), { brands: piece.repeat(512).slice(0, 512) })
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('client hints', () => {
  const CHROME = '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"'

  test.each([
    [CHROME, { browser: 'Chrome', major: 142 }],
    ['"Not/A)Brand";v="8", "Chromium";v="126", "Microsoft Edge";v="126"', { browser: 'Edge', major: 126 }],
    ['"Brave";v="140", "Chromium";v="140", "Not=A?Brand";v="24"', { browser: 'Brave', major: 140 }],
    ['" Not A;Brand";v="99.0.0.0", "Opera";v="122.0.5643.17"', { browser: 'Opera', major: 122 }],
    ['"Chromium";v="142", "Not)A;Brand";v="24"', undefined],
    ['"(Not(A:Brand";v="8"', undefined],
    ['', undefined],
    ['Google Chrome', undefined],
    ['"Google Chrome";v="x"', undefined],
  ])('name the browser in %s, whatever is there to be ignored', (brands, expected) => {
    expect(brandIn(brands)).toEqual(expected)
  })

  test.each([
    ['"Windows"', 'Windows'],
    ['"macOS"', 'macOS'],
    ['"Chrome OS"', 'ChromeOS'],
    ['"Chromium OS"', 'ChromeOS'],
    ['Linux', 'Linux'],
    ['"Unknown"', undefined],
    ['"__proto__"', undefined],
    ['', undefined],
  ])('name the system in %s', (platform, expected) => {
    expect(platformIn(platform)).toBe(expected)
  })

  test('know better than the header, which Chromium has frozen', () => {
    const text = `${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36`
    const hints = { brands: '"Brave";v="142", "Chromium";v="142"', mobile: '?0', platform: '"Windows"' }
    expect(readAgent(text, hints)).toEqual({ browser: 'Brave', major: 142, system: 'Windows', deviceClass: 'desktop' })
    expect(readAgent(undefined, { brands: CHROME, mobile: '?1', platform: '"Android"' })).toEqual({
      browser: 'Chrome',
      major: 142,
      system: 'Android',
      deviceClass: 'mobile',
    })
    expect(readAgent(undefined, {})).toBeUndefined()
    expect(readAgent(undefined, { mobile: '?1' })).toBeUndefined()
  })

  test('say the same of a header that was read before, with and without them, and after a thousand others', () => {
    const text = `${PHONE} ${BLINK} Chrome/142.0.0.0 Mobile Safari/537.36`
    const desktop = `${LINUX} ${BLINK} Chrome/142.0.0.0 Safari/537.36`
    const alone = { browser: 'Chrome', major: 142, system: 'Android', deviceClass: 'mobile' }
    const hinted = { browser: 'Brave', major: 140, system: 'Windows', deviceClass: 'mobile' }
    const hints = { brands: '"Brave";v="140"', mobile: '?1', platform: '"Windows"' }
    for (let round = 0; round < 3; round++) {
      expect(readAgent(text)).toEqual(alone)
      expect(readAgent(text, hints)).toEqual(hinted)
      expect(readAgent(text, { mobile: '?0' })).toEqual(alone)
      expect(readAgent(desktop)?.deviceClass).toBe('desktop')
      expect(readAgent(desktop, { mobile: '?1' })?.deviceClass).toBe('mobile')
      if (round === 1) for (let other = 0; other < 1_001; other++) readAgent(`Other/${other}`)
    }
  })
})
