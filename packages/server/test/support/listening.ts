import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { SessionManager } from 'sojourn'
import type { ServiceApp } from '../../src/index.js'

interface Parts {
  readonly app: ServiceApp
  readonly sessions: SessionManager
}

/** A service that is told its own address before it is made, as its configuration would tell it. */
export async function listening(
  make: (publicUrl: string) => Promise<Parts>,
): Promise<Parts & { readonly url: string; close(): Promise<void> }> {
  let app: ServiceApp | undefined
  const answer = (request: Request): Response | Promise<Response> => app?.fetch(request) ?? new Response(null, { status: 503 })
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve) => {
    const opened = serve({ fetch: answer, hostname: '127.0.0.1', port: 0 }, (info: AddressInfo) =>
      resolve({ server: opened, port: info.port }),
    )
  })
  const url = `http://127.0.0.1:${port}`
  const parts = await make(url)
  app = parts.app
  return {
    ...parts,
    url,
    async close() {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await parts.sessions.close()
    },
  }
}
