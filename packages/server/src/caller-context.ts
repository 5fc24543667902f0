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
    ...hintsOf(c),
  }
}

/** What browsers say beside the user agent, where the engine takes it: longer or stranger values are left out. */
function hintsOf(c: Context): Pick<SessionContext, 'clientHints' | 'acceptLanguage'> {
  const sent = (name: string, pattern: RegExp): string | undefined => {
    const value = c.req.header(name)
    return value !== undefined && pattern.test(value) ? value : undefined
  }
  const [brands, mobile, platform] = ['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform'].map((name) => sent(name, /^[ -_a-~]{1,512}$/))
  const acceptLanguage = sent('accept-language', /^[A-Za-z0-9,;=.* -]{1,512}$/)
  const clientHints = {
    ...(brands === undefined ? {} : { brands }),
    ...(mobile === undefined ? {} : { mobile }),
    ...(platform === undefined ? {} : { platform }),
  }
  return {
    ...(Object.keys(clientHints).length === 0 ? {} : { clientHints }),
    ...(acceptLanguage === undefined ? {} : { acceptLanguage }),
  }
}

/** `incoming` is there when the service listens by itself, and not when it is called as a function. */
function remoteAddress(environment: { readonly incoming?: IncomingMessage } | undefined): string | undefined {
  return environment?.incoming?.socket.remoteAddress
}
