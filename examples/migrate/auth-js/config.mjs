// The configuration of Auth.js, as it was and as it stays: it goes on checking who somebody is.
import Credentials from '@auth/express/providers/credentials'

/** Your own check of a password against its hash. */
const userWith = ({ user, password }) => (user === 'alice' && password === 'wonderland' ? { id: 'alice', name: 'Alice' } : null)

export const config = {
  secret: process.env.AUTH_SECRET,
  trustHost: true,
  session: { strategy: 'jwt' },
  providers: [Credentials({ credentials: { user: {}, password: {} }, authorize: userWith })],
  // Auth.js makes a new id at each login with a password unless it is told the user's own.
  callbacks: { jwt: ({ token, user }) => (user === undefined ? token : { ...token, sub: user.id, loggedInAt: Date.now() }) },
}
