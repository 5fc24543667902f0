export { type CheckedConfig, type ConfigSources, checkConfig, loadConfig } from './config/load.js'
export type { ConfigProblem } from './config/problem.js'
export { describeStorage, type StorageDescription } from './describe-storage.js'
export { createService, type ServiceOptions } from './service.js'
export type { ServiceApp } from './service-app.js'
export {
  type CallSettings,
  type CookieSettings,
  DEFAULT_COOKIE,
  DEFAULT_SETTINGS,
  type LogLevel,
  type ServiceSettings,
  type SessionSettings,
} from './settings.js'
export { type RunningService, type StartOptions, startService } from './start.js'
export type {
  MemcachedStorage,
  MemoryStorage,
  PostgresStorage,
  RedisStorage,
  SqliteStorage,
  StorageSettings,
} from './storage-settings.js'
