import { createServer } from 'node:net'
import { shown } from '../text.js'
import { type Finding, fail, ok } from './check.js'

/** Whether the service answers where it should, or could be started there. */
export async function checkPort(host: string, port: number, service: { readonly isAlive: boolean }): Promise<Finding> {
  const name = 'port'
  const place = `${shown(host)}:${port}`
  if (service.isAlive) return ok(name, `the service answers at ${place}`)
  const fault = await faultOfListening(host, port)
  if (fault === undefined) return ok(name, `${place} is free; no service is running there`)
  if (fault === 'EADDRINUSE') {
    return fail(
      name,
      `another program listens on ${place}`,
      `Stop it (find it with: ss -ltnp 'sport = :${port}'), or choose another port with SOJOURN_PORT.`,
    )
  }
  return fail(name, `nothing can listen on ${place} (${fault})`, 'Choose another host or port with SOJOURN_HOST and SOJOURN_PORT.')
}

function faultOfListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (fault) => resolve('code' in fault ? String(fault.code) : 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}
