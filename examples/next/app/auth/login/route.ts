import { auth } from '../../../lib/auth'
import { seeOther } from '../../../lib/see-other'
import { checkPassword } from '../../../lib/users'

export const POST = auth.route(async (request: Request, sojourn) => {
  const form = await request.formData()
  const user = checkPassword(String(form.get('user')), String(form.get('password')))
  if (user === undefined) return seeOther('/login?failed')
  await sojourn.login(user.id, { rememberMe: form.get('remember') === 'on' })
  return seeOther('/account')
})
