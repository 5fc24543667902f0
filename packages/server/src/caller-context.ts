import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { SessionContext } from 'sojourn'
import { type Caller, callerOf, webIncoming } from 'sojourn/http'
import type { Service } from './call.js'

/** Who makes a call. Headers that proxies add are believed of the proxies that were configured, and of nobody else (CVE-2026-20896). */
export function callerOfCall({ proxies }: Service, c: Context): Caller {
  // `incoming` is there when the service listens by itself, and not when it is called as a function.
  const environment: { readonly incoming?: IncomingMessage } | undefined = c.env
  return callerOf(
    webIncoming(c.req.raw, environment?.incoming?.socket, () => undefined),
    proxies,
  )
}

/**
 * Where a user's own request comes from: the address and the `User-Agent`. A user agent that no browser would send is left
 * out, since it must not decide whether somebody is logged in.
 */
export function callerContext(service: Service, c: Context): SessionContext {
  const { address } = callerOfCall(service, c)
  const userAgent = c.req.header('user-agent')
  return {
    ...(address === undefined ? {} : { ipAddress: address }),
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
