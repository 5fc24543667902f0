import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadConfig, type RunningService, startService } from '../../src/index.js'
import { configFile } from './config.js'
import { temporaryFolder } from './folder.js'
import { ADMIN_KEY, capturingLogger, type Line, SERVICE_KEY } from './service.js'

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Empty if it is no JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

export interface StartedService {
  readonly url: string
  readonly dataDir: string
  readonly lines: readonly Line[]
  /** Calls the API with the key that the path asks for. */
  call(method: string, path: string, body?: object): Promise<Answered>
  create(userId?: string): Promise<{ readonly token: string; readonly id: string }>
  isValid(token: string): Promise<boolean>
  close(): Promise<void>
}

interface Where {
  readonly environment?: Readonly<Record<string, string>>
  readonly dataDir?: string
}

/** A service of its own, configured as people do it: by YAML and the environment. */
export async function startConfigured(yaml: string, { environment = {}, dataDir }: Where = {}): Promise<StartedService> {
  const folder = dataDir ?? join(await temporaryFolder(), 'data')
  const settings = await loadConfig({
    files: [await configFile(yaml)],
    environment: {
      SOJOURN_PORT: '0',
      SOJOURN_DATA_DIR: folder,
      SOJOURN_SERVICE_KEY: SERVICE_KEY,
      SOJOURN_ADMIN_KEY: ADMIN_KEY,
      ...environment,
    },
  })
  const lines: Line[] = []
  const service: RunningService = await startService(settings, { logger: capturingLogger(lines) })
  onTestFinished(() => service.close())
  const call: StartedService['call'] = async (method, path, body) => {
    const answer = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${path.startsWith('/api/v1/admin') ? ADMIN_KEY : SERVICE_KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: text.startsWith('{') ? JSON.parse(text) : {} }
  }
  return {
    url: service.url,
    dataDir: folder,
    lines,
    call,
    async create(userId = 'alice') {
      const { status, json } = await call('POST', '/api/v1/sessions', { userId })
      if (status !== 201) throw new Error(`A creation was answered ${status}: ${JSON.stringify(json)}`)
      return { token: String(json['token']), id: String(json['id']) }
    },
    isValid: async (token) => (await call('POST', '/api/v1/sessions/validate', { token })).json['isValid'] === true,
    close: () => service.close(),
  }
}
