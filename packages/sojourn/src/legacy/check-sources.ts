import { SessionError } from '../errors.js'
import type { LegacySource } from './source.js'

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const MAX_NAME = 64
/** Each is asked about every credential that is not one of our tokens. */
const MAX_SOURCES = 16

function refuse(path: string, message: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

/** The sources that were configured, if they can be meant. Throws `CONFIG_INVALID` else. */
export function checkSources(sources: readonly LegacySource[] | undefined): readonly LegacySource[] {
  if (sources === undefined) return []
  if (!Array.isArray(sources) || sources.length > MAX_SOURCES) refuse('legacy', `it must be an array of at most ${MAX_SOURCES} sources.`)
  const names = new Set<string>()
  for (const [index, source] of sources.entries()) {
    const path = `legacy.${index}`
    if (typeof source !== 'object' || source === null) refuse(path, 'it must be a source, for example expressSession({ … }).')
    for (const verb of ['read', 'load', 'remove'] as const)
      if (typeof source[verb] !== 'function') refuse(path, `it has no function ${verb}.`)
    if (typeof source.name !== 'string' || source.name.length > MAX_NAME || !NAME.test(source.name)) {
      refuse(`${path}.name`, `it must have 1 to ${MAX_NAME} characters: lower-case letters and digits in words joined by dashes.`)
    }
    if (names.has(source.name)) refuse(`${path}.name`, 'another source has this name; a session would be taken for the other one’s.')
    names.add(source.name)
  }
  return [...sources]
}
