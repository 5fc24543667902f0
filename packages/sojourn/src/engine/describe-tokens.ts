import type { TokenDescription } from '../manager.js'
import type { Settings } from '../settings.js'

/** What others may know of the tokens that are issued. */
export function describeTokens({ tokens: { type, pair, accessLife, jwt, feed } }: Settings): TokenDescription {
  const about = { type, refreshToken: pair, accessLifetime: Math.floor(accessLife / 1_000) }
  if (jwt === undefined) return about
  const { algorithm, issuer, audience, clientId } = jwt
  return { ...about, jwt: { algorithm, issuer, audience, clientId, revocationFeed: feed !== undefined } }
}
