import type { ServiceKey } from './keys.js'

interface Start {
  readonly url: string
  readonly dataDir: string
  /** Where sessions are kept, for people. */
  readonly store: string
  readonly serviceKey: ServiceKey
  readonly adminKey: ServiceKey
}

/** What a person should know who has just started the service: where it is, where the data lies, the keys once, and a command to try. */
export function announcement({ url, dataDir, store, serviceKey, adminKey }: Start): string {
  const lines = [`Sojourn serves at ${url}`, `  sessions  ${store}`, `  data      ${dataDir}`]
  if (serviceKey.isNew || adminKey.isNew) lines.push('', 'Made for you, shown this once, and kept in the data folder:')
  if (serviceKey.isNew) lines.push(`  service key, for applications  ${serviceKey.key}`)
  if (adminKey.isNew) lines.push(`  admin key, for operators       ${adminKey.key}`)
  lines.push('', 'Start a session:', `  ${curl(url, keyText(serviceKey))}`, '')
  return lines.join('\n')
}

/** The key as it stands in a shell command: on later starts it is not shown again but read where it lies. */
function keyText({ key, file, isNew }: ServiceKey): string {
  if (isNew) return key
  return file === undefined ? '$SOJOURN_SERVICE_KEY' : `$(cat ${quoted(file)})`
}

function quoted(path: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function curl(url: string, key: string): string {
  const json = `'{"userId":"alice"}'`
  return `curl -s ${url}/api/v1/sessions -H "Authorization: Bearer ${key}" -H 'Content-Type: application/json' -d ${json}`
}
