import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answerRefusal, requireSession, sojourn } from '../../../../src/http/adapters/node.js'
import { bodyText, GUARDED, ROUTES, split } from '../app.js'
import { type Harness, running } from '../harness.js'

export const nodeHarness: Harness = async (options, hit) => {
  const withSession = sojourn(options)
  const guards = new Map(Object.entries(GUARDED).map(([path, wanted]) => [path, requireSession(wanted)]))

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, query } = split(request.url ?? '/')
    try {
      const reply = await ROUTES[`${request.method} ${path}`]?.({ request: request.sojourn, query, hit })
      response.writeHead(reply === undefined ? 404 : 200, { ...reply?.headers }).end(bodyText(reply?.body ?? 'not here'))
    } catch (error) {
      if (!answerRefusal(error, response)) response.writeHead(500).end('failed')
    }
  }

  return await running(
    createServer((request, response) => {
      withSession(request, response, (fault) => {
        if (fault !== undefined) {
          response.writeHead(500).end('failed')
          return
        }
        const guard = guards.get(split(request.url ?? '/').path)
        if (guard === undefined) void route(request, response)
        else guard(request, response, () => void response.end('let in'))
      })
    }),
  )
}
