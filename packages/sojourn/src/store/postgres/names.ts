import { SessionError } from '../../errors.js'

/** The names under which a store lives in a database, ready to stand in SQL text. */
export interface PostgresNames {
  readonly schemaName: string
  /** Quoted. */
  readonly schema: string
  /** The table of rows, with its schema. */
  readonly rows: string
  /** The table of the migrations that were run, with its schema. */
  readonly migrations: string
  /** The same name with or without its schema, for what else a migration makes: `name('insert')`. */
  readonly local: (thing: string) => string
  readonly full: (thing: string) => string
}

/**
 * A name cannot be a parameter of a statement, so it becomes a part of its text, and nothing but these characters may
 * (CVE-2019-15658: a prefix that was not checked). 31 leave room for the longest of our names within the server's 63.
 */
const NAME = /^[a-z_][a-z0-9_]{0,30}$/

/** Throws `CONFIG_INVALID` for anything but lower-case letters, digits and `_`. */
export function postgresNames(prefix: string, schema: string): PostgresNames {
  if (prefix !== '') check('prefix', prefix)
  check('schema', schema)
  const local = (thing: string): string => `${prefix}sojourn_${thing}`
  const full = (thing: string): string => `"${schema}".${local(thing)}`
  return { schemaName: schema, schema: `"${schema}"`, rows: full('rows'), migrations: full('migrations'), local, full }
}

function check(path: string, name: string): void {
  if (typeof name === 'string' && NAME.test(name)) return
  throw new SessionError(
    'CONFIG_INVALID',
    `${path} is 1 to 31 lower-case letters, digits and underscores, beginning with a letter or an underscore.`,
    { path },
  )
}
