export { type CallbackStore, type ExpressSessionOptions, expressSession } from './express-session.js'
export { type PlainRecordsOptions, plainRecords } from './plain-records.js'
export type { LegacyDetails, LegacyReading } from './record-of.js'
export type { LegacyKey, LegacyRecord, LegacySource } from './source.js'
