const ALWAYS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  // Sessions stand in nearly every answer, and a refusal is as personal as they are (CVE-2023-30861).
  ['Cache-Control', 'no-store'],
]

/** The headers of every answer. HTTPS is demanded for the future (a year) only where it is known to be there. */
export function securityHeaders(publicUrl: string | undefined): ReadonlyArray<readonly [name: string, value: string]> {
  return publicUrl?.startsWith('https:') === true ? [...ALWAYS, ['Strict-Transport-Security', 'max-age=31536000']] : ALWAYS
}
