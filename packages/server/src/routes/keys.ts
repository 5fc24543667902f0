import { z } from '@hono/zod-openapi'
import type { KeyInfo } from 'sojourn'
import { type Call, defineCall, type Service } from '../call.js'
import { Problem } from '../problem.js'
import { type Resealing, resealing } from '../resealing.js'
import { killBody, rotateBody } from '../schemas/requests.js'
import { tellLevel } from '../wire.js'

/** A store that cannot be walked over holds no ring either: each process would rotate its own, and none could open what the others seal. */
export const ONE_KEY =
  'Memcached cannot be walked over, so its records cannot be moved to a new key. Start all nodes with a new SOJOURN_KEY, and with the old one in SOJOURN_PREVIOUS_KEYS.'

/** What operators do with the keys that seal sessions and check tokens. The keys themselves are never told. */
export function keyCalls(service: Service): readonly Call[] {
  const background = resealing(service)
  return [list(service, background), rotate(service, background), kill(service)]
}

const key = z
  .strictObject({
    id: z.string(),
    use: z
      .enum(['data', 'token', 'signing'])
      .openapi({ description: 'Whether it seals records, checks opaque tokens or signs JWT tokens.' }),
    state: z.enum(['pending', 'active', 'decrypt-only', 'destroyed']),
    since: z.iso.datetime().openapi({ description: 'When it became, or becomes, active; of one that was destroyed, when it was.' }),
  })
  .openapi('Key')

const keys = z
  .strictObject({
    keys: z.array(key),
    resealing: z
      .strictObject({ state: z.enum(['waiting', 'running', 'done', 'failed']), seen: z.int(), resealed: z.int() })
      .optional()
      .openapi({
        description: 'How far this node is, or was, with sealing records again: how many it has looked at, and how many it has sealed.',
      }),
  })
  .openapi('Keys')

function keysJson(infos: readonly KeyInfo[], background: Resealing): Readonly<Record<string, unknown>> {
  const state = background.state()
  const told = infos.map(({ id, use, state, since }) => ({ id, use, state, since: new Date(since) }))
  return { keys: told, ...(state === undefined ? {} : { resealing: state }) }
}

const list = ({ sessions }: Service, background: Resealing): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/admin/keys',
    who: 'admin',
    summary: 'The keys of the ring and their states',
    answers: { 200: { description: 'Oldest first.', schema: keys } },
    run: ({ c }) => c.json(keysJson(sessions.listKeys(), background)),
  })

const rotate = ({ sessions, logger, store }: Service, background: Resealing): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/admin/keys/rotate',
    who: 'admin',
    summary: 'Take new keys into use; nobody is logged out',
    body: rotateBody,
    answers: {
      202: {
        description:
          'The new keys become active by themselves, within seconds (data) or minutes (token). Records are sealed again by the housekeeping; with `reseal` that begins at once, and GET /api/v1/admin/keys tells how far it is.',
        schema: keys,
      },
    },
    async run({ c, body }) {
      if (store?.type === 'memcached') throw new Problem(400, 'INVALID_ARGUMENT', ONE_KEY)
      const infos = await sessions.rotateKeys()
      logger.warn(
        { requestId: String(c.get('requestId')), action: 'keys.rotate', reseal: body.reseal === true },
        'an administrator rotated the keys',
      )
      if (body.reseal === true) background.start()
      return c.json(keysJson(infos, background), 202)
    },
  })

const kill = ({ sessions, logger }: Service): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/admin/keys/kill',
    who: 'admin',
    summary: 'Refuse everything that a signing key has signed, at once and for good',
    body: killBody,
    answers: {
      202: {
        description: 'Refused by this node from now on, by all others within two seconds. Users of these tokens renew or log in again.',
      },
      404: { description: 'There is no signing key of this name.' },
    },
    async run({ c, body }) {
      if (!sessions.listKeys().some(({ id, use }) => use === 'signing' && id === body.kid))
        throw new Problem(404, 'INVALID_ARGUMENT', 'There is no signing key of this name. Keys of other uses are rotated, not killed.')
      const { level } = await sessions.killKey(body.kid)
      logger.warn(
        { requestId: String(c.get('requestId')), action: 'keys.kill', kid: body.kid },
        'an administrator killed a signing key: every token under it is refused',
      )
      return c.body(null, tellLevel(c, level))
    },
  })
