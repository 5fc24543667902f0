export { webIncoming } from './adapters/web.js'
export { writeCacheHeaders } from './cache.js'
export { type CookieOptions, type SessionCookie, sessionCookie } from './cookies.js'
export {
  type AcceptedTransport,
  bearerToken,
  cookieValue,
  credentialInAddress,
  findCredential,
  type Presented,
  type Transport,
} from './credentials.js'
export { type CsrfExemption, dangerouslyLetOtherSitesSendRequestsTo, isSafeMethod, type Page, pageOf } from './csrf.js'
export { type Caller, callerOf, originAsked, type Proxies, proxiesOf } from './forwarded.js'
export type { RequireOptions } from './guards.js'
export type { Head, IncomingRequest } from './incoming.js'
export type { LoginOptions } from './login.js'
export type { CsrfOptions, SojournOptions, Suspicion } from './options.js'
export { type Challenge, errorMembers, type ProblemAnswer, problemAnswer, problemKind, refusalHeaders, withChallenge } from './problem.js'
export type { ReauthenticateRequestOptions } from './reauthenticate.js'
export type { RefreshCookieOptions } from './refresh-cookie.js'
export { type Begun, type SojournRequest, sojournRequest } from './session.js'
export { type HandedSession, isDead } from './visit.js'
