import { SessionError } from '../errors.js'
import type { RecentAuthRequirement } from '../require-recent-auth.js'
import type { Session, SessionContext } from '../session.js'
import type { Ended, SessionValidationResult, ValidateOptions } from '../sessions.js'
import { credentialInAddress, findCredential, type Presented } from './credentials.js'
import { isExempt, isSafeMethod } from './csrf.js'
import { deviceCall } from './device-call.js'
import { type RequireOptions, requireSession } from './guards.js'
import type { Head, IncomingRequest } from './incoming.js'
import { type LoginOptions, login } from './login.js'
import { logout } from './logout.js'
import { type HttpSettings, httpSettings, isLoopback, type SojournOptions, type Suspicion } from './options.js'
import { demandPageToken, pageOfVisit, refuseForeign } from './own-page.js'
import { type ProblemAnswer, problemAnswer, withChallenge } from './problem.js'
import { proofsOf } from './proofs.js'
import { type ReauthenticateRequestOptions, reauthenticate } from './reauthenticate.js'
import { renew } from './renew.js'
import {
  callerOfVisit,
  contextOf,
  type HandedSession,
  hand,
  noteOldRefusal,
  noteRefusal,
  place,
  type Visit,
  visitOf,
  writeHead,
} from './visit.js'

/** What a request has to do with sessions. Nothing is saved when the answer ends: whatever is called takes effect then. */
export interface SojournRequest {
  /** The session of the client, or undefined. Reading it, also in vain, makes the answer private to this client. */
  readonly session: Session | undefined
  /** In its place, a session that is `pending` (the second factor is missing) or `anonymous`. Opens nothing that `session` opens. */
  readonly partial: Session | undefined
  /**
   * Logs a person in whose identity was just proved: a new session with a new token, in the place of whatever the request
   * came with. The token goes out as the cookie and is in the returned session only with `transport: 'bearer'`.
   * Throws `CSRF_REJECTED` for a request of another site, `SESSION_LIMIT_REACHED`, `STORE_UNAVAILABLE`.
   */
  login(userId: string | null, options?: LoginOptions): Promise<HandedSession>
  /**
   * Ends the session and takes the cookie back; no error if there is none or it had ended. Throws `CSRF_REJECTED` for `GET`
   * and for a request of another site, and `STORE_UNAVAILABLE`, which leaves the cookie.
   */
  logout(): Promise<Ended>
  /** A new token and a new end for the session, also within the grace period after its end. Throws `RENEWAL_TOO_EARLY` and the like. */
  renew(): Promise<HandedSession>
  /**
   * Notes that the person has just proved again who they are: a new token at once, in the place of the old one. Makes a
   * `pending` session whole; afterwards `requireRecentAuth` lets through. Throws `CSRF_REJECTED`, and the refusal if there is none.
   */
  reauthenticate(options?: ReauthenticateRequestOptions): Promise<HandedSession>
  /** The session, with what it must have. Throws a refusal with status 401 or 403. */
  requireSession(options?: RequireOptions): Session
  /** The session, if it has all of these permissions. Throws `PERMISSION_DENIED`. */
  requirePermission(...permissions: readonly string[]): Session
  /** The session, if its login is recent and strong enough. Throws `REAUTHENTICATION_REQUIRED`. */
  requireRecentAuth(options?: RecentAuthRequirement): Session
  /** A token for the forms of this session, to be sent as `X-CSRF-Token` or in the field `_csrf`. Throws if there is no session. */
  csrfToken(): string
}

/** A request that the core has looked at. */
export interface Begun {
  readonly request: SojournRequest
  /** Set when the application must not see the request: send this answer. */
  readonly refused?: ProblemAnswer
  /** Why, for a framework that has its own way with errors. */
  readonly error?: unknown
  /** Writes cookie and cache headers. Call it at the last moment at which the head can be changed, for a refusal as well, and once for each head. */
  writeHead(head: Head): void
}

/**
 * What the application holds. A class, because a getter in an object literal makes a hidden class of its own for each object, which
 * kept every request alive until the next full collection; getters, so that a function may be taken out of it and called alone.
 */
class RequestOfVisit implements SojournRequest {
  readonly #visit: Visit
  constructor(visit: Visit) {
    this.#visit = visit
  }
  get session(): Session | undefined {
    this.#visit.wasRead = true
    return this.#visit.session
  }
  get partial(): Session | undefined {
    this.#visit.wasRead = true
    return this.#visit.partial
  }
  get login(): SojournRequest['login'] {
    return (userId, options) => login(this.#visit, userId, options)
  }
  get logout(): SojournRequest['logout'] {
    return () => logout(this.#visit)
  }
  get renew(): SojournRequest['renew'] {
    return () => renew(this.#visit)
  }
  get reauthenticate(): SojournRequest['reauthenticate'] {
    return (options) => reauthenticate(this.#visit, options)
  }
  get requireSession(): SojournRequest['requireSession'] {
    return (options) => requireSession(this.#visit, options)
  }
  get requirePermission(): SojournRequest['requirePermission'] {
    return (...permissions) => requireSession(this.#visit, { permissions })
  }
  get requireRecentAuth(): SojournRequest['requireRecentAuth'] {
    return (recentAuth = {}) => requireSession(this.#visit, { recentAuth })
  }
  get csrfToken(): SojournRequest['csrfToken'] {
    return () => this.#visit.http.csrf.tokens.issue(requireSession(this.#visit, { allow: EVERY_KIND }))
  }
}

function begunWith(visit: Visit, refused?: unknown): Begun {
  const request = new RequestOfVisit(visit)
  const write = (head: Head): void => writeHead(visit, head)
  if (refused === undefined) return { request, writeHead: write }
  const answer = problemAnswer(refused)
  if (answer.status === 500) throw refused
  return { request, refused: answer, error: refused, writeHead: write }
}

function suspect(visit: Visit, kind: Suspicion['kind'], detail: string, path?: string): SessionError {
  visit.http.logger.warn({ method: visit.incoming.method, kind }, 'a request was refused that no honest client sends')
  visit.http.onSuspicion({ kind, refused: true })
  const error = new SessionError('INVALID_ARGUMENT', detail, path === undefined ? {} : { path })
  return withChallenge(error, { error: 'invalid_request' })
}

/** With `dev` there is no encryption, so nobody but this host may be at either end. */
function refuseStrangers(visit: Visit): void {
  const { address, host } = callerOfVisit(visit)
  if (host !== undefined && isLoopback(host.replace(/:\d+$/, '')) && (address === undefined || isLoopback(address))) return
  throw new SessionError(
    'CONFIG_INVALID',
    'dev: true is for this host only, and the request comes from another one. Leave it out and serve https.',
    {
      path: 'dev',
    },
  )
}

/** Finds out who asks. Needs no promise where nothing was presented. Throws what is answered in the place of the application. */
function admit(visit: Visit): Promise<void> | undefined {
  const { http, incoming } = visit
  const name = credentialInAddress(incoming.url, [http.cookie.name])
  if (name !== undefined) {
    const told = 'A session token is never accepted in the address. Take it for known to others, end it, and send the next one in a header.'
    throw suspect(visit, 'token-in-address', `${name.slice(0, 40)}: ${told}`, name.slice(0, 40))
  }
  if (http.dev) refuseStrangers(visit)
  const ours = findCredential(incoming, http.cookie.name, http.accept, http.takesDpop ? 'dpop' : undefined)
  const found = ours === 'none' && http.accept !== 'bearer' ? http.oldCookies.find(incoming) : ours
  if (found === 'none') return undefined
  visit.isOld = found !== ours
  if (found === 'more')
    throw suspect(
      visit,
      'more-than-one-token',
      'The request carries more than one session token. Send one: as the cookie, or as Authorization: Bearer.',
    )
  visit.presented = found
  const guarded = found.transport === 'cookie' && !isSafeMethod(incoming.method) && !isExempt(http.csrf.exempt, incoming.url)
  if (!guarded) return open(visit, found)
  const page = pageOfVisit(visit)
  if (page.from === 'foreign') refuseForeign(visit, page.reason)
  if (page.from === 'own') visit.isOwnPage = true
  return openForPage(visit, found)
}

/** Opens the session, then decides about a page that said nothing of itself. The session is the same before and after (CVE-2021-41274). */
async function openForPage(visit: Visit, presented: Presented): Promise<void> {
  await open(visit, presented)
  // Without a session nothing happens in anybody's name.
  if ((visit.session ?? visit.partial) !== undefined && !visit.isOwnPage) await demandPageToken(visit)
}

/** `requireSession` decides which kinds will do; a session that is not whole is never `session`. */
const EVERY_KIND = Object.freeze(['pending', 'anonymous'] as const)
const RENEWING: ValidateOptions = Object.freeze({ renew: true, allow: EVERY_KIND })
const NOT_RENEWING: ValidateOptions = Object.freeze({ renew: false, allow: EVERY_KIND })

/** Opens the session; without a promise if memory can tell. */
function open(visit: Visit, presented: Presented): Promise<void> | undefined {
  const { sessions, deviceBound, takesDpop } = visit.http
  // A bearer caller is given no new token on the way: there is no place for it in the answer of the application.
  const usual = presented.transport === 'cookie' && visit.incoming.isReadOnly !== true ? RENEWING : NOT_RENEWING
  const options = deviceBound === undefined && !takesDpop ? usual : { ...usual, ...proofsOf(visit) }
  const context = contextOf(visit)
  const known = sessions.validateNow?.(presented.token, context, options)
  if (known === undefined) return ask(visit, presented, context, options)
  opened(visit, presented, known)
  return undefined
}

async function ask(visit: Visit, presented: Presented, context: SessionContext, options: ValidateOptions): Promise<void> {
  opened(visit, presented, await visit.http.sessions.validateSession(presented.token, context, options))
}

function opened(visit: Visit, presented: Presented, result: SessionValidationResult): void {
  if (result.isValid) {
    place(visit, result.session)
    if (result.renewed !== undefined) hand(visit, result.renewed, presented.transport)
    return
  }
  if (visit.isOld && result.error.status < 500) {
    noteOldRefusal(visit, result.error)
    return
  }
  // Neither "valid" nor "logged out": the client is to ask again later.
  if (result.error.status === 429 || result.error.status >= 500) throw result.error
  noteRefusal(visit, result.error)
}

async function finish(visit: Visit, admitted: Promise<void>): Promise<Begun> {
  try {
    await admitted
  } catch (error) {
    return begunWith(visit, error)
  }
  return begunWith(visit)
}

/** An answer that is no refusal, and that the application has nothing to do with. */
async function answeredWith(visit: Visit, answer: Promise<ProblemAnswer>): Promise<Begun> {
  return { request: new RequestOfVisit(visit), refused: await answer, writeHead: (head) => writeHead(visit, head) }
}

function begin(http: HttpSettings, incoming: IncomingRequest): Begun | Promise<Begun> {
  const visit = visitOf(http, incoming)
  try {
    const call = deviceCall(http, incoming)
    if (call !== undefined) return answeredWith(visit, call)
    const admitted = admit(visit)
    return admitted === undefined ? begunWith(visit) : finish(visit, admitted)
  } catch (error) {
    return begunWith(visit, error)
  }
}

/**
 * The whole logic of sessions over HTTP, for any framework: give it a request, hand on `request` or send `refused`, and call
 * `writeHead` before the head of the answer is sent. A request without credentials is answered at once, without a promise.
 *
 * Refused by itself are: a token in the address, more than one token (400), a request of another site that a cookie
 * authenticates (403), too many tries (429) and a store that does not answer (503, which leaves cookies alone). A session that is
 * proved to be over loses its cookie and the request goes on without one.
 * Throws `CONFIG_INVALID` for options that are wrong, and what is no refusal.
 */
export function sojournRequest(options: SojournOptions): (incoming: IncomingRequest) => Begun | Promise<Begun> {
  const http = httpSettings(options)
  return (incoming) => begin(http, incoming)
}
