import type { ServiceSettings } from '../../settings.js'
import { type Finding, fail, ok, warn } from './check.js'

/** Whether browsers will keep the cookie, and whether others on the way could read it. */
export function checkCookie({ cookie, publicUrl, host }: Pick<ServiceSettings, 'cookie' | 'publicUrl' | 'host'>): Finding {
  const name = 'cookie'
  const publicHost = publicUrl === undefined ? host : new URL(publicUrl).hostname
  const isLocal = isLoopback(publicHost)
  if (!cookie.secure && cookie.name.startsWith('__')) {
    return fail(
      name,
      `browsers refuse ${cookie.name} without Secure`,
      'Let cookies be secure, or choose a name without __Host- or __Secure-.',
    )
  }
  if (!cookie.secure && cookie.sameSite === 'None')
    return fail(name, 'browsers refuse SameSite=None without Secure', 'Let cookies be secure.')
  if (!cookie.secure && !isLocal) {
    return fail(
      name,
      `not Secure, and the service is reached as ${publicHost}`,
      'Let cookies be secure and serve over https: otherwise anybody on the way can take sessions over.',
    )
  }
  if (cookie.secure && publicUrl?.startsWith('http:') === true && !isLocal) {
    return fail(
      name,
      `Secure, but ${publicUrl} is plain http: browsers will not keep it`,
      'Serve over https and give its address as the public URL.',
    )
  }
  if (cookie.secure && publicUrl === undefined && !isLocal) {
    return warn(
      name,
      `Secure, and nothing says that ${host} is reached over https`,
      'Put a proxy with TLS before the service and give its https address as the public URL.',
    )
  }
  if (cookie.secure && !cookie.name.startsWith('__Host-')) {
    return warn(name, `${cookie.name} can be planted by other hosts of the domain`, 'Let its name begin with __Host-.')
  }
  return ok(name, `${cookie.name}${cookie.secure ? ', Secure' : ' for this host'}, SameSite=${cookie.sameSite}`)
}

function isLoopback(host: string): boolean {
  return /^(?:\[?::1\]?|127\.\d+\.\d+\.\d+|(?:.+\.)?localhost)$/.test(host)
}
