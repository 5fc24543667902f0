import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { refusals, requireSession, sojourn } from '../../../../src/http/adapters/express.js'
import { bodyText, GUARDED, ROUTES, split } from '../app.js'
import { type Harness, running } from '../harness.js'

interface ExpressModule {
  (): Express
  urlencoded(options: { extended: boolean }): RequestHandler
}

/** The same for the two versions of Express. */
function expressHarness(version: ExpressModule): Harness {
  return async (options, hit) => {
    const app = version()
    app.use(version.urlencoded({ extended: false }))
    app.use(sojourn(options))
    for (const [path, wanted] of Object.entries(GUARDED))
      app.get(path, requireSession(wanted), (_request, response) => void response.send('let in'))
    for (const [name, route] of Object.entries(ROUTES)) {
      const [method = '', path = ''] = name.split(' ')
      const answer = (request: Request, response: Response, next: NextFunction): void => {
        const run = async (): Promise<void> => {
          const reply = await route({ request: request.sojourn, query: split(request.originalUrl).query, hit })
          response.set({ ...reply.headers }).send(bodyText(reply.body))
        }
        run().catch(next)
      }
      app[method.toLowerCase() as 'get' | 'post' | 'put'](path, answer)
    }
    app.use(refusals())
    app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => void response.status(500).send('failed'))
    return await running(createServer(app))
  }
}

export const express5Harness: Harness = expressHarness(express)

const require = createRequire(import.meta.url)
// The fourth version has no types of its own; those of the fifth fit what is used.
export const express4Harness: Harness = expressHarness(require('express4') as ExpressModule)
