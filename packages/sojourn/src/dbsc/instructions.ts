import type { DeviceBoundSettings } from '../proof-settings.js'

/** The attributes that a browser looks for, in the same words in the header and in the instructions: it compares them (draft 8.5). */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** What a browser is told about its bound session (draft 9.6 to 9.9). */
export function instructions(settings: DeviceBoundSettings, identifier: string): Readonly<Record<string, unknown>> {
  return {
    session_identifier: identifier,
    refresh_url: `${settings.path}/refresh`,
    scope: { include_site: false, scope_specification: [] },
    credentials: [{ type: 'cookie', name: settings.cookieName, attributes: ATTRIBUTES }],
  }
}

/** The short cookie. */
export function setBoundCookie({ cookieName, cookieMaxAge }: DeviceBoundSettings, value: string): string {
  return `${cookieName}=${value}; Max-Age=${Math.floor(cookieMaxAge / 1_000)}; ${ATTRIBUTES}`
}

/** Takes the cookie back. */
export function clearBoundCookie({ cookieName }: DeviceBoundSettings): string {
  return `${cookieName}=; Max-Age=0; ${ATTRIBUTES}`
}
