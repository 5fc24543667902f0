import type { Sessions } from '../sessions.js'
import { bodyText } from './argument.js'
import { demandToken, readIssued } from './calls.js'
import type { Send } from './request.js'
import { reviveGrant } from './revive.js'

type StepUpCalls = Pick<Sessions, 'reauthenticateSession' | 'grantOperation' | 'useGrant'>

/**
 * The functions around a new proof of identity. None of them is sent twice: each replaces a token, or is good for once.
 *
 * @param demandOpen throws once the client is closed
 */
export function stepUpCalls(send: Send, demandOpen: () => void): StepUpCalls {
  return {
    async reauthenticateSession(token, context, options) {
      demandOpen()
      demandToken(token)
      const body = bodyText({ token, context, options })
      const path = '/sessions/reauthenticate'
      return await send({ method: 'POST', path, body, secrets: [token], repeatable: false, success: [200], read: readIssued })
    },
    async grantOperation(token, options) {
      demandOpen()
      demandToken(token)
      const { operation, resource, expiresIn } = options
      return await send({
        method: 'POST',
        path: '/sessions/grants',
        body: bodyText({ token, operation, resource, expiresIn }),
        secrets: [token],
        repeatable: false,
        success: [201],
        options: ['operation', 'resource', 'expiresIn'],
        read: (answer) => reviveGrant(answer.json, 'grant'),
      })
    },
    async useGrant(token, grant, { operation, resource }) {
      demandOpen()
      demandToken(token)
      await send({
        method: 'POST',
        path: '/sessions/grants/use',
        body: bodyText({ token, grant, operation, resource }),
        secrets: [token, ...(typeof grant === 'string' && grant !== '' ? [grant] : [])],
        repeatable: false,
        success: [204],
        read: () => undefined,
      })
    },
  }
}
