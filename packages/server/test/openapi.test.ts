import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Document,
  type Operation,
  operations,
  replaced,
  resolve,
  type Schema,
  sample,
  type TextField,
  textFields,
} from './support/openapi.js'
import { ADMIN_KEY, bodyOf, problemOf, SERVICE_KEY, type TestService, testService } from './support/service.js'

let service: TestService
let document: Document

beforeAll(async () => {
  service = await testService(
    {},
    {
      maxConcurrentSessions: 10_000,
      dpop: { enabled: true, publicUrl: 'http://127.0.0.1:7700' },
      deviceBound: { enabled: true, path: '/api/v1/auth/dbsc' },
    },
  )
  document = await bodyOf<Document>(await service.send('GET', '/openapi.json'))
})

async function keyFor({ security }: Operation): Promise<string | undefined> {
  const names = security.flatMap((requirement) => Object.keys(requirement))
  if (names.includes('serviceKey')) return SERVICE_KEY
  if (names.includes('adminKey')) return ADMIN_KEY
  return names.includes('sessionToken') ? (await service.create()).token : undefined
}

interface Request {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

interface Parts {
  readonly path: Record<string, string>
  readonly query: Record<string, string>
  readonly body: unknown
}

/** The smallest request of an operation, with what stands on the way to a field. */
function partsOf({ operation }: Request, field?: TextField): Parts {
  const at = (place: string): readonly string[] => (field?.place === place ? field.at : [])
  const parameters = operation.parameters ?? []
  const values = (place: 'path' | 'query'): Record<string, string> =>
    Object.fromEntries(
      parameters
        .filter((one) => one.in === place && (one.required === true || at(place)[0] === one.name))
        .map((one) => [one.name, String(sample(document, one.schema))]),
    )
  const [content] = Object.values(operation.requestBody?.content ?? {})
  return {
    path: values('path'),
    query: values('query'),
    body: content === undefined ? undefined : sample(document, content.schema, at('body')),
  }
}

async function sendParts({ method, path, operation }: Request, parts: Parts): Promise<Response> {
  const key = await keyFor(operation)
  const address = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(parts.path[name] ?? ''))
  const query = new URLSearchParams(parts.query).toString()
  const isForm = operation.requestBody?.content['application/x-www-form-urlencoded'] !== undefined
  return await service.send(method, query === '' ? address : `${address}?${query}`, {
    ...(key === undefined ? {} : { key }),
    ...(parts.body === undefined
      ? {}
      : isForm
        ? {
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: new URLSearchParams(parts.body as Record<string, string>).toString(),
          }
        : { json: parts.body }),
  })
}

function put(parts: Parts, field: TextField, value: unknown): Parts {
  const [name = ''] = field.at
  if (field.place === 'body') return { ...parts, body: replaced(parts.body, field.at, value) }
  return { ...parts, [field.place]: { ...parts[field.place], [name]: String(value) } }
}

const WRONG_TYPES: readonly unknown[] = [5, true, null, [], ['a'], {}]
const WRONG_LENGTHS = ['', 'a'.repeat(1_000_000)]
const HOSTILE = [
  'a\u0000b',
  'a\r\nb',
  'a\nSet-Cookie: x=y',
  '"a"',
  '`a`',
  '__proto__',
  'constructor',
  'prototype',
  '😀',
  '\u202Ea',
  '\uFEFFa',
  'a\u007f',
]

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Values that must not be taken for this field. */
function badValues({ schema, place, operation, alternatives, at }: TextField): unknown[] {
  const isText = place !== 'body' || operation.requestBody?.content['application/x-www-form-urlencoded'] !== undefined
  const others = alternatives.map(({ type }) => (type === 'integer' ? 'number' : type))
  const wrongTypes = isText ? [] : WRONG_TYPES.filter((value) => !others.includes(typeOf(value)))
  const isFree = schema.pattern === undefined && schema.enum === undefined && schema.format === undefined
  // Structured fields (RFC 8941) hold their texts in quotes.
  const hostile = at.includes('clientHints') ? HOSTILE.filter((text) => text !== '"a"') : HOSTILE
  const wrong = [...wrongTypes, ...WRONG_LENGTHS, ...(isFree ? [] : hostile)]
  // An empty path segment is another address.
  return wrong.filter((value) => !(place === 'path' && value === '') && schema.enum?.includes(value) !== true)
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 with resolvable references, unique operation ids and known credentials', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info).toMatchObject({ title: 'Sojourn', version: expect.any(String) })
    const ids = operations(document).map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '')
    expect(references.length).toBeGreaterThan(20)
    for (const reference of references) expect(() => resolve(document, { $ref: reference })).not.toThrow()
    for (const { path, operation } of operations(document)) {
      for (const name of operation.security.flatMap((requirement) => Object.keys(requirement)))
        expect(document.components.securitySchemes).toHaveProperty(name)
      const parameters = (operation.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name)
      expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(parameters)
      expect(operation.responses).toHaveProperty('default')
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^(?:[2-5]\d\d|default)$/)
        expect(description).not.toBe('')
      }
    }
    for (const pattern of [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)]) {
      expect(() => new RegExp(JSON.parse(pattern[1] ?? ''), 'u')).not.toThrow()
    }
  })

  it('has every call of the contract that this version answers, and every route is in it', () => {
    const listed = operations(document).map(({ method, path }) => `${method} ${path}`)
    expect(listed.sort()).toEqual(
      [
        'GET /.well-known/jwks.json',
        'GET /.well-known/sojourn-revocations',
        'GET /.well-known/oauth-authorization-server',
        'POST /api/v1/admin/keys/kill',
        'GET /api/v1/admin/keys',
        'GET /api/v1/admin/nodes',
        'GET /api/v1/admin/policy',
        'GET /api/v1/admin/events',
        'GET /api/v1/auth/events',
        'GET /api/v1/admin/sessions/{id}/limits',
        'GET /api/v1/admin/sessions/{id}',
        'POST /api/v1/admin/keys/rotate',
        'POST /api/v1/sessions',
        'POST /api/v1/sessions/validate',
        'POST /api/v1/sessions/renew',
        'POST /api/v1/sessions/terminate',
        'PATCH /api/v1/sessions/context',
        'PUT /api/v1/sessions/permissions',
        'POST /api/v1/sessions/analytics',
        'POST /api/v1/sessions/reauthenticate',
        'PUT /api/v1/sessions/roles',
        'POST /api/v1/sessions/grants',
        'POST /api/v1/sessions/grants/use',
        'POST /api/v1/users/{userId}/events',
        'POST /api/v1/admin/sessions/end',
        'GET /api/v1/users/{userId}/sessions',
        'DELETE /api/v1/users/{userId}/sessions',
        'GET /api/v1/users/{userId}/devices',
        'DELETE /api/v1/users/{userId}/devices/{deviceId}',
        'POST /api/v1/sessions/trust-device',
        'GET /api/v1/auth/devices',
        'DELETE /api/v1/auth/devices/{deviceId}',
        'GET /api/v1/auth/session',
        'GET /api/v1/auth/sessions',
        'POST /api/v1/auth/sessions/refresh',
        'POST /api/v1/auth/sessions/revoke',
        'POST /api/v1/auth/dbsc/refresh',
        'POST /api/v1/auth/dbsc/register',
        'POST /api/v1/auth/logout',
        'GET /api/v1/admin/sessions',
        'DELETE /api/v1/admin/sessions/{id}',
        'POST /oauth2/introspect',
        'POST /oauth2/revoke',
        'GET /healthz',
        'GET /livez',
        'GET /readyz',
        'GET /metrics',
        'GET /openapi.json',
      ].sort(),
    )
    const routes = service.app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(routes.sort()).toEqual(listed)
  })

  it('describes requests that every call answers with what it announces [ERR-1]', async () => {
    for (const request of operations(document)) {
      const answer = await sendParts(request, partsOf(request))
      const type = answer.headers.get('content-type')?.split(';')[0]
      const announced = request.operation.responses[String(answer.status)]
      const name = `${request.method} ${request.path} answered ${answer.status}`
      if (type === 'application/problem+json') {
        expect(await problemOf(answer), name).toMatchObject({ detail: expect.any(String) })
        expect([401, 404, 409], name).toContain(answer.status)
      } else {
        expect(announced, name).toBeDefined()
        const schema = announced?.content?.['application/json']?.schema
        if (schema !== undefined) expect(extraFields(schema, await answer.json()), name).toEqual([])
      }
    }
  })
})

/** Fields of an answer that its schema does not have, and required ones that are missing. */
function extraFields(schema: Schema, value: unknown, at = ''): string[] {
  const found = resolve(document, schema)
  if (found.anyOf !== undefined)
    return found.anyOf.map((one) => extraFields(one, value, at)).find((faults) => faults.length === 0) ?? [`${at}: no alternative fits`]
  if (Array.isArray(value)) return value.flatMap((item, index) => extraFields(found.items ?? {}, item, `${at}.${index}`))
  if (found.properties === undefined || typeof value !== 'object' || value === null) return []
  const missing = (found.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`)
  return [
    ...missing,
    ...Object.entries(value).flatMap(([name, item]) => {
      const property = found.properties?.[name]
      return property === undefined ? [`${at}.${name} is not described`] : extraFields(property, item, `${at}.${name}`)
    }),
  ]
}

describe('every text field of every request', () => {
  it('is found in the document', () => {
    const places = textFields(document).map(({ method, path, at }) => `${method} ${path} ${at.join('.')}`)
    expect(places.length).toBeGreaterThan(50)
    for (const place of [
      'POST /api/v1/sessions options.roles.0',
      'POST /api/v1/sessions context.location.city',
      'POST /oauth2/revoke token',
      'GET /api/v1/admin/sessions after',
    ]) {
      expect(places).toContain(place)
    }
  })

  it('takes the sample that the document gives', async () => {
    for (const field of textFields(document)) {
      const answer = await sendParts(field, partsOf(field, field))
      expect(
        [200, 201, 202, 204, 401, 404, 409],
        `${field.method} ${field.path} ${field.at.join('.')}: ${await answer.clone().text()}`,
      ).toContain(answer.status)
    }
  })

  it('is refused with 400 and its path for a wrong type, a wrong length and hostile text [STO-7 STO-9 STO-10]', async () => {
    for (const field of textFields(document)) {
      const parts = partsOf(field, field)
      for (const value of badValues(field)) {
        const name = `${field.method} ${field.path} ${field.at.join('.')} = ${JSON.stringify(value).slice(0, 40)}`
        const problem = await problemOf(await sendParts(field, put(parts, field, value)))
        expect(problem, name).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' })
        expect(problem.path, name).toBe(field.at.join('.'))
        expect(problem.detail.length, name).toBeLessThan(600)
      }
    }
  })

  it('that is a token is judged whatever stands in it [TOK-5]', async () => {
    const tokens = textFields(document).filter(
      ({ schema, place }) => place === 'body' && schema.pattern === undefined && schema.enum === undefined && schema.format === undefined,
    )
    expect(tokens.map(({ path, at }) => `${path} ${at.join('.')}`)).toEqual([
      '/api/v1/sessions options.replaces',
      '/api/v1/sessions/validate token',
      '/api/v1/sessions/validate options.dpop.proof',
      '/api/v1/sessions/validate options.boundCookie',
      '/api/v1/sessions/renew token',
      '/api/v1/sessions/renew options.dpop.proof',
      '/api/v1/sessions/renew options.boundCookie',
      '/api/v1/sessions/terminate token',
      '/api/v1/sessions/context token',
      '/api/v1/sessions/permissions token',
      '/api/v1/sessions/analytics token',
      '/api/v1/users/{userId}/events currentToken',
      '/api/v1/sessions/trust-device token',
      '/api/v1/sessions/reauthenticate token',
      '/api/v1/sessions/roles token',
      '/api/v1/sessions/grants token',
      '/api/v1/sessions/grants/use token',
      '/oauth2/introspect token',
      '/oauth2/revoke token',
    ])
    for (const field of tokens) {
      const parts = partsOf(field, field)
      for (const value of [...HOSTILE, 'null', 'undefined', '[object Object]', ' ', 'a'.repeat(8_192)]) {
        const { status } = await sendParts(field, put(parts, field, value))
        expect([200, 201, 202, 204, 401], `${field.path} ${JSON.stringify(value).slice(0, 40)}`).toContain(status)
      }
    }
  })
})
