import { redirect } from 'next/navigation'
import { currentSession } from '../../lib/auth'
import { signIn } from './sign-in'

export default async function Login({ searchParams }: { readonly searchParams: Promise<{ failed?: string }> }) {
  if ((await currentSession()) !== undefined) redirect('/account')
  const { failed } = await searchParams
  return (
    <form className="card narrow" action={signIn}>
      <h1>Sign in</h1>
      {failed !== undefined && (
        <p className="problem" role="alert">
          This name and password do not belong together.
        </p>
      )}
      <label>
        Name
        <input name="user" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <label className="check">
        <input name="remember" type="checkbox" /> Stay signed in on this device
      </label>
      <button type="submit" className="primary">
        Sign in
      </button>
      <p className="hint">
        Try <code>alice</code> with <code>wonderland</code>.
      </p>
    </form>
  )
}
