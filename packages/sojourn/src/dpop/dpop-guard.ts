import type { Engine } from '../engine/engine.js'
import type { Guard, Guarded } from '../engine/guard.js'
import { publish } from '../engine/publish.js'
import { publicId } from '../engine/row.js'
import { spend } from '../engine/spend.js'
import { SessionError } from '../errors.js'
import type { DpopSettings } from '../proof-settings.js'
import { currentNonce, isFreshNonce } from './nonce.js'
import { type ProofCount, proofCount } from './replay.js'
import { CLOCK_LEEWAY, type DpopFault, verifyDpop } from './verify-dpop.js'

type Reason = 'missing' | 'invalid' | 'nonce' | 'replayed' | 'unbound'

const MESSAGES: Readonly<Record<Reason, string>> = Object.freeze({
  missing: 'This token is bound to a key. Send it as Authorization: DPoP, with a proof in the header DPoP.',
  invalid: 'The DPoP proof does not fit this token, key or request. Make a new one for each request.',
  nonce: 'Make the DPoP proof again over the nonce in this answer.',
  replayed: 'This DPoP proof was used before. Make a new one for each request.',
  unbound: 'This token is bound to no key. Send it as Authorization: Bearer, without a proof.',
})

function refusal(reason: Reason, nonce?: string): SessionError {
  return new SessionError('CONTEXT_MISMATCH', MESSAGES[reason], {
    reason: `proof.${reason}`,
    ...(nonce === undefined ? {} : { nonce }),
  })
}

const REASONS: Partial<Readonly<Record<DpopFault, Reason>>> = Object.freeze({ missing: 'missing', nonce: 'nonce' })

/** The address of the request, if it is one of ours: a path, or all of it. */
function ownUrl({ publicUrls }: DpopSettings, url: unknown): string | undefined {
  const [first] = publicUrls
  if (typeof url !== 'string' || first === undefined || !URL.canParse(url, first)) return undefined
  const resolved = new URL(url, first)
  return publicUrls.includes(resolved.origin) ? resolved.href : undefined
}

async function judge(
  engine: Engine,
  settings: DpopSettings,
  count: ProofCount,
  guarded: Guarded,
  jkt: string,
): Promise<SessionError | undefined> {
  const { proofs, token, isRenewal } = guarded
  const now = engine.clock.now()
  const key = engine.keys.proof
  if (typeof proofs.dpop !== 'object' || typeof token !== 'string') return refusal('missing')
  const url = ownUrl(settings, proofs.dpop.url)
  if (url === undefined) return refusal('invalid')
  const verdict = verifyDpop({
    proof: typeof proofs.dpop.proof === 'string' ? proofs.dpop.proof : undefined,
    method: proofs.dpop.method,
    url,
    accessToken: token,
    jkt,
    now,
    lifetime: settings.proofLifetime,
    isFresh: (nonce) => isFreshNonce(key, nonce, now),
    needsNonce: settings.nonce === 'always' || (settings.nonce === 'renewal' && isRenewal),
  })
  if (verdict.kind === 'refused') {
    const reason = REASONS[verdict.fault] ?? 'invalid'
    if (verdict.fault === 'key') await alarm(engine, guarded)
    return refusal(reason, reason === 'nonce' ? currentNonce(key, now) : undefined)
  }
  if (!count.note(jkt, now))
    return new SessionError('RATE_LIMITED', 'Too many proofs were made with this key, or by all together. Wait before the next one.', {
      retryAfter: Math.ceil(settings.proofLifetime / 1_000),
    })
  const until = verdict.issuedAt + settings.proofLifetime + CLOCK_LEEWAY
  const isFirst = await spend(engine, 'dpop', [jkt, verdict.jti, verdict.htu], until)
  return isFirst ? undefined : refusal('replayed')
}

/** Somebody has the token and another key: it was copied. */
async function alarm(engine: Engine, { presented, ipAddress }: Guarded): Promise<void> {
  const { userId, tenant } = presented.record
  await publish(engine, { type: 'security.dpop', sessionId: publicId(presented.row.id), userId, tenant, ipAddress })
}

/**
 * Refuses a bound token without a proof by its key (a token sent as Bearer or as a cookie, RFC 9449 7.2), and a proof with a token
 * that is not bound. Without settings a bound token is refused always: turning DPoP off must not make stolen tokens good.
 */
export function dpopGuard(settings: DpopSettings | undefined): Guard {
  const count = proofCount((settings?.proofLifetime ?? 0) + CLOCK_LEEWAY)
  return async (engine, guarded) => {
    const { cnf } = guarded.presented.record
    if (guarded.proofs.dpop === 'left-to-caller' && !guarded.isRenewal) return undefined
    if (cnf === undefined) return guarded.proofs.dpop === undefined ? undefined : refusal('unbound')
    if (settings === undefined) return refusal('missing')
    return await judge(engine, settings, count, guarded, cnf.jkt)
  }
}
