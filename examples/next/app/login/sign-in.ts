'use server'

import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { auth } from '../../lib/auth'
import { checkPassword } from '../../lib/users'

export async function signIn(form: FormData): Promise<void> {
  const user = checkPassword(String(form.get('user')), String(form.get('password')))
  if (user === undefined) redirect('/login?failed')
  const rememberMe = form.get('remember') === 'on'
  await auth.action(await headers(), await cookies(), (sojourn) => sojourn.login(user.id, { rememberMe }))
  redirect('/account')
}
