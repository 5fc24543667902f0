import { SessionError } from '../errors.js'

/** Short enough for a name in a store and a log. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** The name of the application, checked. */
export function resolveApplication(name: unknown): string | undefined {
  if (name === undefined) return undefined
  if (typeof name === 'string' && NAME.test(name)) return name
  throw new SessionError(
    'CONFIG_INVALID',
    'application: it must have 1 to 64 letters, digits, dots, dashes and underlines, and begin with a letter or digit.',
    { path: 'application' },
  )
}
