import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { fieldsOf, readForm, readJson, refuseBody } from './body.js'
import type { Call, Service } from './call.js'
import type { Presented } from './credentials.js'
import { demandKey, presentedToken, refuseCredentialInAddress } from './credentials.js'
import { refuseCrossSite } from './csrf.js'
import { faultsOf } from './faults.js'
import { countWrongKey, tellAllowance } from './guesses.js'
import { faultPath, faulty, Problem } from './problem.js'
import type { ServiceApp } from './service-app.js'

/**
 * Adds the routes of some calls. Each request goes the same way: who asks, from which page, then what the address and the
 * body say, and only then the call itself. Nothing of a body is read for a caller who is not let in.
 */
export function mount(app: ServiceApp, service: Service, calls: readonly Call[]): void {
  for (const call of calls) {
    app.on(call.method.toUpperCase(), routePath(call.path), async (c) => {
      c.set('route', call.path)
      return await answer(service, call, c)
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

async function answer(service: Service, call: Call, c: Context): Promise<Response> {
  const presented = await admit(service, call, c)
  const query = new URL(c.req.url).searchParams
  const checked = {
    params: call.params === undefined ? undefined : check(call.params, c.req.param()),
    query: check(call.query, fieldsOf(query)),
    body: await readBody(call, c),
  }
  try {
    return await call.run({ c, ...checked, ...(presented === undefined ? {} : { presented }) })
  } catch (error) {
    if (presented !== undefined) tellAllowance(service, c, error)
    throw error
  }
}

async function admit(service: Service, call: Call, c: Context): Promise<Presented | undefined> {
  const { settings } = service
  if (call.who === 'anyone') return undefined
  refuseCredentialInAddress(c, settings.cookie.name)
  const { who } = call
  if (who !== 'user') {
    const key = who === 'service' ? settings.serviceKey : settings.adminKey
    await countWrongKey(service, c, () => demandKey(c, who, key, call.basic === true))
    return undefined
  }
  c.header('Vary', 'Cookie, Authorization')
  const presented = presentedToken(c, settings.cookie.name)
  if (presented.transport === 'cookie' && call.method !== 'get') refuseCrossSite(service, c)
  return presented
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
