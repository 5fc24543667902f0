import { weaknessOf } from 'sojourn'
import { always, type ConfigKey, choice, duration, flag, parsed, refused, text, type Use, whole } from '../key.js'

const at = 'session_manager.token_generation'

const MAKE_ONE = 'Make one with: openssl rand -base64 48'

/** Those of other tokens, which are known well enough to be told about by name. */
const OTHER_ALGORITHMS = ['HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES384', 'ES512'] as const

/** StringOrURI of RFC 7519 2. */
const NAME = {
  pattern: /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/,
  allowed: 'one text of 1 to 255 visible ASCII characters without quotation marks and backslashes',
}

const SECRET = `allowed is a secret of at least 32 random bytes as text, for example from: openssl rand -base64 48.`

function secretUse(secret: string, use: Use): Use {
  const weakness = weaknessOf(secret)
  return weakness === undefined ? use : refused(`this secret ${weakness}. ${MAKE_ONE}`)
}

/** Which tokens are issued. */
export const tokenKeys: readonly ConfigKey[] = [
  choice(`${at}.token_type`, 'The kind of token.', ['opaque', 'jwt'], (tokenType) => ({ sessions: { tokenType } })),
  choice(`${at}.algorithm`, 'The algorithm that signs JWT tokens.', ['HS256', 'EdDSA', 'ES256', ...OTHER_ALGORITHMS], (algorithm) =>
    algorithm === 'HS256' || algorithm === 'EdDSA' || algorithm === 'ES256'
      ? { sessions: { tokenType: 'jwt', jwt: { algorithm } } }
      : refused('allowed are HS256, which takes a secret, and EdDSA and ES256, whose keys are made and kept for you.'),
  ),
  {
    path: `${at}.secret_key`,
    does: 'The secret that signs JWT tokens with HS256.',
    allowed: SECRET,
    read: (value) => (typeof value === 'string' ? secretUse(value, { sessions: { tokenType: 'jwt', jwt: { secret: value } } }) : undefined),
    isSecret: true,
  },
  {
    path: `${at}.previous_secret_keys`,
    does: 'Secrets before it, newest first: what they signed is still accepted until it expires.',
    allowed: 'allowed is a list of at most 16 secrets.',
    read(value) {
      if (!Array.isArray(value) || value.length > 16 || !value.every((one) => typeof one === 'string')) return undefined
      const weak = value.map((one) => secretUse(one, {})).find((use) => 'refused' in use)
      return weak ?? { sessions: { jwt: { previousSecrets: value } } }
    },
    isSecret: true,
  },
  text(`${at}.issuer`, 'Who issues JWT tokens (iss).', NAME, (issuer) => ({ sessions: { jwt: { issuer } } })),
  text(`${at}.audience`, 'For whom JWT tokens are (aud).', NAME, (audience) => ({ sessions: { jwt: { audience } } })),
  text(`${at}.client_id`, 'The application that logs its users in (client_id).', NAME, (clientId) => ({ sessions: { jwt: { clientId } } })),
  choice(`${at}.subject`, 'What sub says of a user.', ['pseudonym', 'user_id'], (subject) => ({
    sessions: { jwt: { subject: subject === 'user_id' ? 'userId' : subject } },
  })),
  flag(`${at}.revocation_feed`, 'Whether each end is noted for those who verify JWT tokens offline.', (revocationFeed) => ({
    sessions: { jwt: { revocationFeed } },
  })),
  duration(
    `${at}.leeway`,
    'How far clocks of nodes may be apart when JWT tokens are judged.',
    (leeway) => ({ sessions: { jwt: { leeway } } }),
    0,
    30_000,
  ),
  flag(`${at}.refresh_token`, 'Whether there are an access token and a refresh token.', (refreshToken) => ({
    sessions: { refreshToken },
  })),
  duration(
    `${at}.access_lifetime`,
    'Longest life of an access token, where there is a refresh token.',
    (accessLifetime) => ({ sessions: { accessLifetime } }),
    1_000,
  ),
  choice(`${at}.rotation_policy`, 'What a renewal does with the refresh token.', ['always', 'interval', 'never'], (rotationPolicy) => ({
    sessions: { rotationPolicy },
  })),
  whole(`${at}.token_length`, 'Random bits in a token.', [1, 65_536], (bits) =>
    bits === 256 ? {} : refused('tokens always carry 256 random bits; write 256 or leave it out.'),
  ),
  duration(`${at}.expiration_time`, 'Life given at creation and at each renewal.', (time) => ({ sessions: { sessionLifetime: time } })),
]

const check = 'session_manager.security.token_validation'

/** How tokens are checked. */
export const tokenValidationKeys: readonly ConfigKey[] = [
  always(
    `${check}.signature_verification`,
    'Whether the signature of a JWT token, or the check tag of an opaque one, is verified before anything else.',
    'the signature or check tag of a token is always verified; write true or leave it out.',
  ),
  always(
    `${check}.audience_validation`,
    'Whether a token is refused that is for somebody else.',
    'a token for another audience is always refused: by aud in a JWT, by the keys of this service in an opaque token; write true or leave it out.',
  ),
  always(
    `${check}.issuer_validation`,
    'Whether a token is refused that somebody else issued.',
    'a token of another issuer is always refused: by iss in a JWT, by the keys of this service in an opaque token; write true or leave it out.',
  ),
]

/** Each rotation rewrites every record. */
const LEAST_ROTATION = 60_000

const seal = 'session_manager.security.encryption'

/** How stored sessions are sealed. */
export const encryptionKeys: readonly ConfigKey[] = [
  always(`${seal}.enabled`, 'Whether stored sessions are encrypted.', 'stored sessions are always encrypted; write true or leave it out.'),
  parsed(
    `${seal}.algorithm`,
    'How stored sessions are encrypted.',
    '"AES-256-GCM", which is what is used',
    (value) => (value === 'AES-256-GCM' ? value : undefined),
    () => ({}),
  ),
  duration(
    `${seal}.key_rotation`,
    'How old the key that seals stored sessions may become before it is replaced. Nobody is logged out by it.',
    (keyRotation) => ({ sessions: { keyRotation } }),
    LEAST_ROTATION,
  ),
]
