import { SessionError } from '../../errors.js'

/** What answers queries. */
export interface Queryable {
  query(query: PostgresQuery): Promise<PostgresResult>
}

/** What this library uses of a client of the package `pg`, and of one that works like it. */
export interface PostgresClient extends Queryable {
  on(event: 'error' | 'notice' | 'notification', listener: (subject: PostgresNotice) => void): unknown
  removeListener(event: 'error' | 'notice', listener: (subject: PostgresNotice) => void): unknown
  /** Back into the pool, or out of it and closed. */
  release(close?: boolean): void
}

/** What this library uses of a `pg.Pool`. It belongs to whoever made it. */
export interface PostgresPool {
  readonly options?: { readonly max?: number }
  connect(): Promise<PostgresClient>
}

export interface PostgresQuery {
  readonly text: string
  /** Left out: the text may hold several statements. */
  readonly values?: unknown[]
  /** Given: the server keeps the plan under this name for the life of the connection. */
  readonly name?: string
  readonly rowMode: 'array'
  readonly types: { getTypeParser(type: number, format?: string): (text: string) => unknown }
}

export interface PostgresResult {
  readonly rows: readonly (readonly unknown[])[]
}

export interface PostgresNotice {
  /** The function of the server that it comes from; not translated, unlike the text. */
  readonly routine?: string | undefined
}

/** The pool that we make ourselves. */
export interface OwnPool extends PostgresPool {
  on(event: 'error', listener: (fault: unknown) => void): unknown
  end(): Promise<void>
}

/** A single connection that we make ourselves. */
export interface OwnClient extends Omit<PostgresClient, 'release'> {
  /** Whether a query is sent before the answer to the one before is there; missing in old drivers. */
  readonly pipeline?: boolean
  connect(): Promise<unknown>
  end(): Promise<void>
}

export interface PostgresDriver {
  readonly Pool: new (settings: Readonly<Record<string, unknown>>) => OwnPool
  readonly Client: new (settings: Readonly<Record<string, unknown>>) => OwnClient
}

/** Throws `CONFIG_INVALID`, with the command that helps, if the package is not there. */
export async function loadPostgres(fromPackage: () => Promise<unknown> = () => import('pg')): Promise<PostgresDriver> {
  let cause: unknown
  try {
    const loaded = await fromPackage()
    if (isDriver(loaded)) return loaded
  } catch (thrown) {
    cause = thrown
  }
  throw new SessionError(
    'CONFIG_INVALID',
    'The Postgres store needs the package pg, version 8. Run `npm i pg`, or pass a pool of your own.',
    {
      path: 'url',
      cause,
    },
  )
}

const isDriver = (value: unknown): value is PostgresDriver =>
  typeof value === 'object' &&
  value !== null &&
  'Pool' in value &&
  typeof value.Pool === 'function' &&
  'Client' in value &&
  typeof value.Client === 'function'
