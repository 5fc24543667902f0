/** An answer to a browser's own request, for whatever serves HTTP to send as it is. */
export interface DeviceAnswer {
  readonly status: 200 | 401 | 403 | 429 | 503
  /** Names in their usual spelling; at most one of each. */
  readonly headers: Readonly<Record<string, string>>
  /** To be sent as `application/json`; absent for an empty body. */
  readonly body?: Readonly<Record<string, unknown>>
}

export interface DeviceRegistration {
  /** The session's own token, from its cookie; undefined if there was none. */
  readonly token: string | undefined
  /** The header `Secure-Session-Response` as it came. */
  readonly response: string | undefined
}

export interface DeviceRefresh {
  /** The header `Sec-Secure-Session-Id` as it came. No script can set it. */
  readonly sessionId: string | undefined
  /** The token in the session's cookie, if one came along. */
  readonly token?: string | undefined
  /** The header `Secure-Session-Response` as it came. */
  readonly response?: string | undefined
}

/**
 * Device Bound Session Credentials, for whatever serves HTTP. The answers are complete: they are to be sent as they are,
 * and nothing may turn their status into another (a browser ends its session at most 4xx).
 */
export interface DeviceBound {
  /** Name of the short cookie. Its value goes to `validateSession` as `boundCookie`. */
  readonly cookieName: string
  /** Where `register` and `refresh` are to be served, below this path. */
  readonly path: string
  /**
   * The header that starts a registration. Send it once, with the answer that hands over the cookie of a completed login: a
   * browser that is asked twice makes two keys, and the second one ends the session. `authorization` comes back with the proof.
   */
  registration(
    session: { readonly id: string },
    options?: { readonly authorization?: string },
  ): { readonly name: string; readonly value: string }
  /** Answers `POST <path>/register`. */
  register(request: DeviceRegistration): Promise<DeviceAnswer>
  /** Answers `POST <path>/refresh`. */
  refresh(request: DeviceRefresh): Promise<DeviceAnswer>
}
