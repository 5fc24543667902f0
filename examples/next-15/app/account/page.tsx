import { redirect } from 'next/navigation'
import type { Session } from 'sojourn'
import { currentSession, sessions } from '../../lib/auth'
import { nameOf } from '../../lib/users'

const time = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })

function Device({ session, isCurrent }: { readonly session: Session; readonly isCurrent: boolean }) {
  const { id, device, lastActivity, createdAt } = session
  return (
    <li>
      <div>
        <strong>{device?.label ?? 'Unknown device'}</strong> {isCurrent && <span className="badge">This device</span>}
        <p className="hint">
          {isCurrent ? 'Active now' : `Last active ${time.format(lastActivity)}`} · signed in {time.format(createdAt)}
        </p>
      </div>
      {!isCurrent && (
        <button type="submit" name="session" value={id}>
          Sign out
        </button>
      )}
    </li>
  )
}

export default async function Account() {
  const current = await currentSession()
  if (current === undefined) redirect('/login')
  const { getActiveSessions } = await sessions()
  const others = (await getActiveSessions(current.userId)).filter(({ id }) => id !== current.id)
  return (
    <>
      <header>
        <h1>Hello, {nameOf(current.userId)}</h1>
        <form method="post" action="/auth/logout">
          <button type="submit">Sign out</button>
        </form>
      </header>
      <section className="card">
        <h2>Your devices</h2>
        <form method="post" action="/auth/devices">
          <ul>
            <Device session={current} isCurrent />
            {others.map((session) => (
              <Device key={session.id} session={session} isCurrent={false} />
            ))}
          </ul>
          {others.length > 0 && (
            <button type="submit" name="session" value="others">
              Sign out all other devices
            </button>
          )}
        </form>
      </section>
      <p className="hint">
        This session ends {time.format(current.expiresAt)} unless it is renewed. Renewed so far: {current.renewals}.
      </p>
    </>
  )
}
