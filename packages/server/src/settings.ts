import type { KeyMaterial, SessionManagerOptions } from 'sojourn'
import type { ScannableStorage, StorageSettings } from './storage-settings.js'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** The credential of an application that works for one tenant. */
export interface TenantKey {
  readonly key: string
  readonly tenant: string
  /** For people: which application has it. */
  readonly name: string
}

export interface TenantKeySource extends Omit<TenantKey, 'key'> {
  readonly key?: string
  /** The file with the key in its first line. */
  readonly keyFile?: string
}

export interface CookieSettings {
  /** Compared byte by byte. With `secure` it should begin with `__Host-`, which browsers keep from being planted by siblings. */
  readonly name: string
  /** False only for plain http on this host. */
  readonly secure: boolean
  readonly sameSite: 'Lax' | 'Strict' | 'None'
}

/** What the calls depend on; nothing about listening, files or processes. */
export interface CallSettings {
  /** Origin under which browsers reach the service, for example `https://id.example.com`. @default the one that a request names */
  readonly publicUrl?: string
  readonly cookie: CookieSettings
  /** Further origins from which a browser may call with its cookie. */
  readonly allowedOrigins: readonly string[]
  /** Addresses and ranges of the proxies in front, whose headers are believed. @default none */
  readonly trustProxy?: readonly string[]
  /** Which header these proxies write; the other one is never looked at. @default 'x-forwarded' */
  readonly forwardedHeader?: 'x-forwarded' | 'forwarded'
  /** The credential of applications. */
  readonly serviceKey: string
  /** Credentials of applications that see and make the sessions of one tenant only. @default none */
  readonly tenantKeys?: readonly TenantKey[]
  /** How old a login may be, in milliseconds, with which a user ends sessions other than the one that asks. @default 5 minutes */
  readonly recentAuth?: number
  /** The credential of operators. */
  readonly adminKey: string
  /** Whether `/metrics` is there. */
  readonly metrics: boolean
  /** Whether `/metrics` also shows how long things take. */
  readonly latencies: boolean
}

/** Limits and rules, in the words of the library. */
export type SessionSettings = Omit<
  SessionManagerOptions,
  'storage' | 'localSessions' | 'journal' | 'geo' | 'keys' | 'audit' | 'logger' | 'clock' | 'timeout' | 'security' | 'cleanup'
>

/** Databases of addresses, in files of this machine. */
export interface GeoSettings {
  /** Places, in the MaxMind format. */
  readonly database?: string
  /** Networks, in the MaxMind format. */
  readonly asnDatabase?: string
  /** @default 'region' */
  readonly precision?: 'region' | 'city'
}

/** Everything about one running service, as files, environment and defaults say together. */
export interface ServiceSettings extends Omit<CallSettings, 'serviceKey' | 'adminKey' | 'tenantKeys'> {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  readonly dataDir: string
  readonly logLevel: LogLevel
  /** Text for people in the place of JSON lines. */
  readonly logPretty: boolean
  readonly storage: StorageSettings
  /** The store that sessions are being moved from, while they are. */
  readonly movingFrom?: ScannableStorage
  readonly sessions: SessionSettings
  /** Whether users can log in while the store does not answer, into a file of the data folder. @default false */
  readonly localSessions?: boolean
  /** @default places are not looked up */
  readonly geo?: GeoSettings
  /** The master key and those before it. @default the one of `keys.json`, beside the database or in the data folder */
  readonly keys?: KeyMaterial
  /** Whether every operation is written to `audit.jsonl`. */
  readonly audit: boolean
  /** Where the keys of applications that work for one tenant come from. @default none */
  readonly tenantKeySources?: readonly TenantKeySource[]
  /** @default made at the first start and kept in the data folder */
  readonly serviceKey?: string
  /** @default made at the first start and kept in the data folder */
  readonly adminKey?: string
}

export const DEFAULT_COOKIE: CookieSettings = Object.freeze({ name: '__Host-id', secure: true, sameSite: 'Lax' })

/** What `sojourn serve` does without any configuration. */
export const DEFAULT_SETTINGS: ServiceSettings = Object.freeze({
  host: '127.0.0.1',
  port: 7700,
  dataDir: './.sojourn',
  cookie: DEFAULT_COOKIE,
  allowedOrigins: Object.freeze([]),
  metrics: true,
  latencies: true,
  logLevel: 'info',
  logPretty: false,
  storage: Object.freeze({ type: 'sqlite' }),
  sessions: Object.freeze({}),
  audit: true,
})
