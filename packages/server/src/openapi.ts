import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Call, Who } from './call.js'
import { problem } from './schemas/problem.js'
import type { ServiceApp } from './service-app.js'

const SECURITY: Readonly<Record<Who, ReadonlyArray<Readonly<Record<string, string[]>>>>> = {
  anyone: [],
  service: [{ serviceKey: [] }],
  admin: [{ adminKey: [] }],
  user: [{ sessionCookie: [] }, { sessionToken: [] }],
}

const TAGS: Readonly<Record<Who, string>> = { anyone: 'Open', service: 'Services', admin: 'Administrators', user: 'Users' }

/** Writes a call into the document, with the schemas that its requests are checked by. */
export function describeCall(app: ServiceApp, call: Call): void {
  const { body, params, query } = call
  const mediaType = call.form === true ? 'application/x-www-form-urlencoded' : 'application/json'
  const request = {
    ...(params === undefined ? {} : { params: fieldsOf(params) }),
    ...(query === undefined ? {} : { query: fieldsOf(query) }),
    ...(body === undefined ? {} : { body: { required: true, content: { [mediaType]: { schema: body } } } }),
  }
  app.openAPIRegistry.registerPath({
    method: call.method,
    path: call.path,
    operationId: operationId(call),
    summary: call.summary,
    tags: [TAGS[call.who]],
    security: SECURITY[call.who].map((requirement) => ({ ...requirement })),
    request,
    responses: responsesOf(call),
  })
}

/** Parameters are listed one by one, which takes the schema of an object. */
function fieldsOf(schema: z.ZodType): z.ZodObject {
  if (!(schema instanceof z.ZodObject)) throw new TypeError('Parameters are described by an object.')
  return schema
}

function operationId({ method, path }: Call): string {
  const words = path.replace('/api/v1/', '').match(/[A-Za-z0-9]+/g) ?? []
  return [method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('')
}

function responsesOf({ answers }: Call): RouteConfig['responses'] {
  const responses: RouteConfig['responses'] = {
    default: { description: 'A problem (RFC 9457).', content: { 'application/problem+json': { schema: problem } } },
  }
  for (const [status, { description, schema, mediaType }] of Object.entries(answers)) {
    const isProblem = schema === undefined && Number(status) >= 400
    const content = isProblem
      ? { 'application/problem+json': { schema: problem } }
      : schema === undefined
        ? mediaType === undefined
          ? undefined
          : { [mediaType]: {} }
        : { 'application/json': { schema } }
    responses[status] = { description, ...(content === undefined ? {} : { content }) }
  }
  return responses
}

/** The whole document, OpenAPI 3.1. */
export function openApiDocument(app: ServiceApp): object {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Sojourn', version: '1', description: 'Sessions for applications, their users and their operators.' },
    servers: [{ url: '/' }],
  })
}

/** The three kinds of credential, and the names under which the calls ask for them. */
export function describeCredentials(app: ServiceApp, cookieName: string): void {
  const schemes = {
    serviceKey: { type: 'http', scheme: 'bearer', description: 'The key of applications.' },
    adminKey: { type: 'http', scheme: 'bearer', description: 'The key of operators.' },
    sessionToken: { type: 'http', scheme: 'bearer', description: 'The token of a session.' },
    sessionCookie: { type: 'apiKey', in: 'cookie', name: cookieName, description: 'The token of a session, from a page of the same site.' },
  } as const
  for (const [name, scheme] of Object.entries(schemes)) app.openAPIRegistry.registerComponent('securitySchemes', name, scheme)
}
