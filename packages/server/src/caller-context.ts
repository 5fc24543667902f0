import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { SessionContext } from 'sojourn'

/**
 * Where a user's own request comes from: the address of the connection and the `User-Agent`. Headers that proxies add
 * (`X-Forwarded-For`, `Forwarded`) are not looked at, since anybody can send them (CVE-2026-20896). A user agent that no
 * browser would send is left out, since it must not decide whether somebody is logged in.
 */
export function callerContext(c: Context): SessionContext {
  const ipAddress = remoteAddress(c.env)
  const userAgent = c.req.header('user-agent')
  return {
    ...(ipAddress === undefined ? {} : { ipAddress }),
    ...(userAgent !== undefined && /^[ !#-_a-~]{1,1024}$/.test(userAgent) ? { userAgent } : {}),
  }
}

/** `incoming` is there when the service listens by itself, and not when it is called as a function. */
function remoteAddress(environment: { readonly incoming?: IncomingMessage } | undefined): string | undefined {
  return environment?.incoming?.socket.remoteAddress
}
