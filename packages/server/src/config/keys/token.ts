import { always, type ConfigKey, choice, duration, notYet, parsed, refused, unavailable, whole } from '../key.js'

const at = 'session_manager.token_generation'

const NO_JWT = 'JWT tokens are not available in this version; leave token_generation.algorithm out for opaque tokens.'

const JWT_ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

/** Which tokens are issued. */
export const tokenKeys: readonly ConfigKey[] = [
  choice(`${at}.token_type`, 'The kind of token.', ['opaque', 'jwt'], (type) => (type === 'opaque' ? {} : refused(NO_JWT))),
  choice(`${at}.algorithm`, 'The algorithm that signs JWT tokens.', JWT_ALGORITHMS, () => refused(NO_JWT)),
  {
    ...unavailable(
      `${at}.secret_key`,
      'The secret that signs JWT tokens.',
      'JWT tokens are not available in this version, and the keys of opaque tokens are made at the first start and kept in the data folder; leave it out.',
    ),
    isSecret: true,
  },
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
    'Whether the check tag of a token, a keyed code over all of it, is verified before anything else.',
    'the check tag of a token is always verified; write true or leave it out.',
  ),
  notYet(
    `${check}.audience_validation`,
    'Whether the audience in a JWT token is checked.',
    'opaque tokens carry no audience: they are good only at the service whose keys made them; write false or leave it out.',
  ),
  notYet(
    `${check}.issuer_validation`,
    'Whether the issuer in a JWT token is checked.',
    'opaque tokens carry no issuer: they are good only at the service whose keys made them; write false or leave it out.',
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
