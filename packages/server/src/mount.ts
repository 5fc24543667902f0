import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { fieldsOf, readForm, readJson, refuseBody } from './body.js'
import type { Call, Service } from './call.js'
import type { Presented } from './credentials.js'
import { demandKey, presentedToken, refuseCredentialInAddress } from './credentials.js'
import { refuseCrossSite } from './csrf.js'
import { faultsOf } from './faults.js'
import { forUser } from './for-user.js'
import { countWrongKey, tellAllowance } from './guesses.js'
import { faultPath, faulty, Problem } from './problem.js'
import type { ServiceApp } from './service-app.js'

/**
 * Adds the routes of some calls. Each request goes the same way: who asks, from which page, then what the address and the
 * body say, and only then the call itself. Nothing of a body is read for a caller who is not let in.
 */
export function mount(app: ServiceApp, service: Service, calls: readonly Call[], ofTenant: OfTenant = () => undefined): void {
  for (const call of calls) {
    app.on(call.method.toUpperCase(), routePath(call.path), async (c) => {
      c.set('route', call.path)
      return await answer(service, call, c, ofTenant)
    })
  }
  for (const path of new Set(calls.map((call) => call.path))) {
    const allowed = calls
      .filter((call) => call.path === path)
      .flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
    app.all(routePath(path), (c) => {
      c.set('route', path)
      throw new Problem(405, 'INVALID_ARGUMENT', `This address takes ${allowed.join(', ')} only.`, {
        headers: { Allow: allowed.join(', ') },
      })
    })
  }
}

function routePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

/** The same call for the sessions of one tenant; undefined if there is none, and then its key does not open it. */
export type OfTenant = (tenant: string, call: Call) => Call | undefined

async function answer(service: Service, call: Call, c: Context, ofTenant: OfTenant): Promise<Response> {
  const { presented, tenant } = await admit(service, call, c)
  const acting = tenant === undefined ? call : (ofTenant(tenant, call) ?? notForTenants())
  const query = new URL(c.req.url).searchParams
  const checked = {
    params: call.params === undefined ? undefined : check(call.params, c.req.param()),
    query: check(call.query, fieldsOf(query)),
    body: await readBody(call, c),
  }
  if (presented === undefined) return await acting.run({ c, ...checked })
  try {
    return await acting.run({ c, ...checked, presented })
  } catch (error) {
    tellAllowance(service, c, error)
    throw forUser(error)
  }
}

function notForTenants(): never {
  throw new Problem(403, 'PERMISSION_DENIED', 'This call is about more than one tenant. It takes the service key that is bound to none.')
}

interface Admitted {
  /** The token of a user. */
  readonly presented?: Presented
  /** The tenant that the key of an application is bound to. */
  readonly tenant?: string
}

async function admit(service: Service, call: Call, c: Context): Promise<Admitted> {
  const { settings } = service
  if (call.who === 'anyone') return {}
  refuseCredentialInAddress(c, settings.cookie.name)
  if (call.who === 'admin') {
    await countWrongKey(service, c, () => demandKey(c, 'admin', [settings.adminKey], call.basic === true))
    return {}
  }
  if (call.who === 'service') {
    const { serviceKey, tenantKeys = [] } = settings
    const keys = [serviceKey, ...tenantKeys.map(({ key }) => key)]
    const which = await countWrongKey(service, c, () => demandKey(c, 'service', keys, call.basic === true))
    const tenant = tenantKeys[which - 1]?.tenant
    return tenant === undefined ? {} : { tenant }
  }
  c.header('Vary', 'Cookie, Authorization')
  const presented = presentedToken(c, settings.cookie.name)
  if (presented.transport === 'cookie' && call.method !== 'get') refuseCrossSite(service, c)
  return { presented }
}

async function readBody(call: Call, c: Context): Promise<unknown> {
  if (call.body !== undefined) return check(call.body, await (call.form === true ? readForm(c) : readJson(c)))
  if (call.method !== 'get') await refuseBody(c)
  return undefined
}

/** Checks what was sent. Where a call takes nothing, anything is too much. */
function check(schema: z.ZodType | undefined, value: Readonly<Record<string, unknown>>): unknown {
  if (schema === undefined) {
    const faults = Object.keys(value).map((name) => ({ path: faultPath([name]), message: 'There is no such parameter.' }))
    if (faults.length > 0) throw faulty(faults)
    return undefined
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw faulty(faultsOf(parsed.error.issues, value))
}
