/** A place, as precise as the caller knows it. */
export interface GeoLocation {
  /** ISO 3166-1 alpha-2, for example `DE`. */
  readonly country?: string
  readonly region?: string
  readonly city?: string
  /** Degrees, -90 to 90. */
  readonly latitude?: number
  /** Degrees, -180 to 180. */
  readonly longitude?: number
}

/** A place as a database of addresses tells it. */
export interface GeoPlace extends GeoLocation {
  /** Kilometres around the coordinates within which the address is. */
  readonly accuracyRadius?: number
  /** Number of the network (autonomous system) that the address belongs to. */
  readonly asn?: number
}

/** What a browser of the Chromium family says of itself beside `User-Agent`: the values of the headers, as they came. */
export interface ClientHints {
  /** `Sec-CH-UA` */
  readonly brands?: string
  /** `Sec-CH-UA-Mobile`: `?0` or `?1` */
  readonly mobile?: string
  /** `Sec-CH-UA-Platform` */
  readonly platform?: string
}

export type DeviceClass = 'desktop' | 'mobile' | 'tablet' | 'bot' | 'unknown'

/** The device that a session was given to. */
export interface SessionDevice {
  /** `dev_…`: names the device in `listDevices`; another one for each user. */
  readonly id: string
  /** For people: `Firefox on Linux`. */
  readonly label: string
  readonly class: DeviceClass
  /** Keyed hash over what browsers say of themselves at each request; stays the same while they are updated. */
  readonly fingerprint?: string
}

/** A device that a user has logged in from. */
export interface Device {
  /** `dev_…` */
  readonly id: string
  readonly label: string
  readonly class: DeviceClass
  readonly firstSeen: Date
  /** Last login, or last use of a session that still stands. */
  readonly lastSeen: Date
  /** Where it last logged in from, as precise as is configured. */
  readonly lastPlace?: GeoLocation
  /** Whether `trustDevice` was called for it. */
  readonly trusted: boolean
  /** How many sessions it has that could be used now. */
  readonly sessions: number
}

/** What can speak against the one who presents a token. */
export type RiskSignal =
  | 'agent-changed'
  | 'device-changed'
  | 'fingerprint-changed'
  | 'address-changed'
  | 'network-changed'
  | 'country-changed'
  | 'impossible-travel'
  | 'two-places'

/** `log`: accept it; `refuse`: this request only; `step-up`: until the user has authenticated again; `terminate`: end the session. */
export type RiskAction = 'log' | 'refuse' | 'step-up' | 'terminate'

/** Where a request came from. Everything is optional; what is missing is not checked. */
export interface SessionContext {
  /** IPv4 or IPv6 text. Something that is not an address is left out with a warning. */
  readonly ipAddress?: string
  readonly userAgent?: string
  /** The application's own name for the device, for example from a long-lived cookie. */
  readonly deviceId?: string
  /** A name for people (`Berlin, DE`) or its parts. */
  readonly location?: string | GeoLocation
  /** Only judged: not kept and not shown. */
  readonly clientHints?: ClientHints
  /** The header `Accept-Language`. Only its first language is judged; not kept and not shown. */
  readonly acceptLanguage?: string
}

/** `active` can be used; `expired` ran out by a clock; `ended` was ended by somebody, for good. */
export type SessionStatus = 'active' | 'expired' | 'ended'

/**
 * What a session is good for: `user` for everything; `pending` only for the rest of a login whose second factor is missing;
 * `anonymous` for somebody who has not logged in.
 */
export type SessionKind = 'user' | 'pending' | 'anonymous'

/** A session as everybody may see it: no token, no secret. */
export interface Session {
  /** `sid_…`: public, never a credential. Stays the same when the token is renewed. */
  readonly id: string
  /** Empty for an anonymous session. */
  readonly userId: string
  readonly kind: SessionKind
  /** The administrator who acts as this user, if somebody does. */
  readonly actor?: string
  readonly createdAt: Date
  /** When the session ends if it is not renewed: the earliest of lifetime, longest duration and absolute limit. */
  readonly expiresAt: Date
  /** When it ends if it is not used. */
  readonly idleExpiresAt: Date
  /** Nothing but a new authentication moves this. */
  readonly absoluteExpiresAt: Date
  readonly lastActivity: Date
  /** When the user proved who they are. */
  readonly authTime: Date
  /** Authentication context class reference (OpenID Connect), if the login told one. */
  readonly acr?: string
  /** Authentication methods (RFC 8176), if the login told them. */
  readonly amr?: readonly string[]
  readonly context: SessionContext
  /** Absent if the login told nothing of its device. */
  readonly device?: SessionDevice
  /** What holds now: lasting permissions, and elevated ones while their time runs. */
  readonly permissions: readonly string[]
  /** When the elevated permissions end; absent if none are elevated. */
  readonly elevatedUntil?: Date
  readonly roles: readonly string[]
  readonly rememberMe: boolean
  /** How often the token was renewed. */
  readonly renewals: number
  readonly tenant: string | null
  /** The application's own data, as JSON. */
  readonly data: Readonly<Record<string, unknown>>
  readonly status: SessionStatus
  /** The key that each use of the token is proved with, by its thumbprint (RFC 9449 6); absent if the token is good by itself. */
  readonly confirmation?: { readonly jkt: string }
  /** Since when the session is bound to the key of one browser (Device Bound Session Credentials); absent if it is not. */
  readonly deviceBoundSince?: Date
}

/** A session together with the token that opens it. Only creation, renewal, re-authentication and rotation return one. */
export interface IssuedSession extends Session {
  /** The credential. Give it to the user and to nobody else; it is not stored anywhere. */
  readonly token: string
  /** Where there are two tokens: renews the session and opens nothing. Keep it where pages cannot read it. */
  readonly refreshToken?: string
}

/** How far a state change had got when the call returned, weakest first. */
export type Level = 'local' | 'stored' | 'durable' | 'everywhere'
