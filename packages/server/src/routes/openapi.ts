import { type Call, defineCall } from '../call.js'
import { openApiDocument } from '../openapi.js'
import type { ServiceApp } from '../service-app.js'

/** The description of all calls, this one included. */
export function openApiCalls(app: ServiceApp): readonly Call[] {
  let document: object | undefined
  return [
    defineCall({
      method: 'get',
      path: '/openapi.json',
      who: 'anyone',
      summary: 'This document',
      answers: { 200: { description: 'OpenAPI 3.1', mediaType: 'application/json' } },
      run({ c }) {
        document ??= openApiDocument(app)
        return c.json(document)
      },
    }),
  ]
}
