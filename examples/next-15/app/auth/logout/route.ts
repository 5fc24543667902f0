import { auth } from '../../../lib/auth'
import { seeOther } from '../../../lib/see-other'

export const POST = auth.route(async (_request: Request, sojourn) => {
  await sojourn.logout()
  return seeOther('/login')
})
