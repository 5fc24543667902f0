export { type CancelTimer, type Clock, type Millis, systemClock } from './clock.js'
export type { NodeInfo } from './coherence/nodes.js'
export type {
  Duration,
  JwtOptions,
  KeyMaterial,
  KeySource,
  RememberMeOptions,
  RenewalOptions,
  RoleLimitOptions,
  SecurityOptions,
  SessionManagerOptions,
  StorageOptions,
  ThrottleOptions,
} from './config.js'
export { createSessionManager } from './create-session-manager.js'
export type { KeyInfo, KeyState } from './crypto/ring.js'
export { randomSecret, secretsEqual } from './crypto/secret.js'
export type { PublicJwk } from './crypto/signer.js'
export type { DeviceAnswer, DeviceBound, DeviceRefresh, DeviceRegistration } from './device.js'
export { parseDuration } from './duration.js'
export { isSessionError, SessionError, type SessionErrorCode, type SessionErrorDetails, STATUS_OF_CODE } from './errors.js'
export type { AuditLog } from './events/audit.js'
export type { SessionEvent, SessionEventType } from './events/event.js'
export { type FileAuditOptions, fileAudit } from './events/file-audit.js'
export type { Logger } from './events/log.js'
export type {
  CountedGuess,
  EffectiveLimit,
  EffectiveLimits,
  EndingProgress,
  EndSessionsOptions,
  GuessAllowance,
  Introspection,
  Resealed,
  RevocationDelay,
  SessionManager,
  SessionPage,
  SessionQuery,
  SessionsOf,
  Swept,
  TokenDescription,
} from './manager.js'
export { type Copied, type CopyOptions, copyRows } from './moving/copy-rows.js'
export { type Exported, exportRows } from './moving/export-rows.js'
export { type Imported, type ImportOptions, importRows } from './moving/import-rows.js'
export { type Moved, type MoveOptions, type MoveProgress, moveRows } from './moving/move-rows.js'
export { type MovingStoreOptions, movingStore } from './moving/moving-store.js'
export { splitLines } from './moving/split-lines.js'
export type { Mode } from './outage/mode.js'
export type { LocalSessionsOptions, OutageOptions } from './outage-options.js'
export { policyDocument } from './policy-document.js'
export type { DeviceBoundOptions, DpopOptions } from './proof-options.js'
export { type PublicReason, publicReason } from './public-reason.js'
export { type RecentAuthRequirement, requireRecentAuth } from './require-recent-auth.js'
export type { RevocationFeed, RevokedLogins, RevokedSession } from './revocations.js'
export type { ContextValidationOptions, DevicesOptions, GeoOptions, PrivacyOptions, RiskOptions } from './risk-options.js'

export type {
  ClientHints,
  Device,
  DeviceClass,
  GeoLocation,
  GeoPlace,
  IssuedSession,
  Level,
  RiskAction,
  RiskSignal,
  Session,
  SessionContext,
  SessionDevice,
  SessionKind,
  SessionStatus,
} from './session.js'

export type {
  AccountEvent,
  AccountEventOptions,
  AccountEventResult,
  ChangedSession,
  CreateOptions,
  DeviceOptions,
  DpopRequest,
  Ended,
  EndedAll,
  GrantOptions,
  ListOptions,
  Operation,
  OperationGrant,
  PermissionOptions,
  ProofOptions,
  ReauthenticateOptions,
  RoleOptions,
  Seen,
  SessionAnalytics,
  Sessions,
  SessionValidationResult,
  TerminateAllOptions,
  TerminateOptions,
  ValidateOptions,
} from './sessions.js'
export { weaknessOf } from './settings/weak-secret.js'
export { isScannable, type Row, type ScannableStore, type ScanPage, type ScanRange, type Store } from './store/store.js'
