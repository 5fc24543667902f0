/** The origin of the application, and another one that may call it. */
export const OWN = 'https://id.example.com'
export const LISTED = 'https://app.example.com'

/** What browsers and attackers say of the page, and whether it is let in. */
export const PAGES: ReadonlyArray<readonly [allowed: boolean, headers: Readonly<Record<string, string>>]> = [
  [true, { 'sec-fetch-site': 'same-origin' }],
  [true, { 'sec-fetch-site': 'none' }],
  [true, { 'sec-fetch-site': 'same-site', origin: LISTED }],
  [false, { 'sec-fetch-site': 'same-site' }],
  [false, { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.com' }],
  [false, { 'sec-fetch-site': 'cross-site' }],
  [false, { 'sec-fetch-site': 'cross-site', origin: OWN }],
  [false, { 'sec-fetch-site': 'cross-site', origin: LISTED }],
  [false, { 'sec-fetch-site': '' }],
  [false, { 'sec-fetch-site': 'Same-Origin' }],
  [false, { 'sec-fetch-site': 'same-origin, cross-site' }],
  [true, { origin: OWN }],
  [true, { origin: LISTED }],
  [false, { origin: 'http://id.example.com' }],
  [false, { origin: 'null' }],
  [false, { origin: '' }],
  [false, { origin: 'https://evil-id.example.com' }],
  [false, { origin: 'https://id.example.com.evil.com' }],
  [false, { origin: 'https://id.example.com:8443' }],
  [false, { origin: `${OWN}/` }],
  [false, { origin: 'https://evil.com', referer: `${OWN}/page` }],
  [true, { referer: `${OWN}/page?x=1` }],
  [true, { referer: LISTED }],
  [false, { referer: 'http://id.example.com/' }],
  [false, { referer: 'https://evil.com/https://id.example.com/' }],
  [false, { referer: 'https://id.example.com@evil.com/' }],
  [false, { referer: 'about:blank' }],
  [false, { referer: 'nonsense' }],
  [false, { referer: '' }],
]
