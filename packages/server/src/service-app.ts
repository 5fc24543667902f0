import type { OpenAPIHono } from '@hono/zod-openapi'

/** What is known about a request while it is answered. */
export interface ServiceVariables {
  readonly Variables: {
    readonly requestId: string
    /** Pattern of the route, absent if none fits. */
    readonly route: string
  }
}

export type ServiceApp = OpenAPIHono<ServiceVariables>
