import { auth, sessions } from '../../../lib/auth'
import { seeOther } from '../../../lib/see-other'

/** Signs out one other device, or all of them. */
export const POST = auth.route(async (request: Request, sojourn) => {
  const current = sojourn.requireSession()
  const { getActiveSessions, terminateSession, terminateAllUserSessions } = await sessions()
  const wanted = (await request.formData()).get('session')
  if (wanted === 'others') await terminateAllUserSessions(current.userId, { except: current.id })
  // Only what is in the user's own list, whatever the form says.
  const chosen = (await getActiveSessions(current.userId)).find(({ id }) => id === wanted && id !== current.id)
  if (chosen !== undefined) await terminateSession(chosen.id, { reason: 'revoked' })
  return seeOther('/account')
})
