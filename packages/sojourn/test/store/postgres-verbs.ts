import { expect } from 'vitest'
import { isSessionError } from '../../src/errors.js'
import type { ReplicatedStore, Row, ScannableStore } from '../../src/store/store.js'
import { nextRow, unique } from '../../src/testing/contract/sample.js'
import type { PostgresServer } from '../servers/postgres.js'

/** For what another process is about to do, on a machine that has other work too. */
export const PATIENT: { readonly timeout: number } = { timeout: 20_000 }

type Store = ScannableStore & ReplicatedStore

export const verbsOf = (store: Store, row: Row): Readonly<Record<string, () => Promise<unknown>>> => ({
  insert: () => store.insert({ ...row, id: unique() }),
  get: () => store.get(row.id),
  replace: () => store.replace(nextRow(row)),
  remove: () => store.remove(row.id),
  list: () => store.list(row.owner ?? ''),
  scan: () => store.scan({ from: 0, to: 8.64e15, limit: 10 }),
  settle: () => store.settle(row.id),
})

/** What a verb threw, with everything that a log would show of it. */
export async function faultOf(verb: Promise<unknown>): Promise<{ readonly code: string; readonly cause: string; readonly text: string }> {
  const thrown: unknown = await verb.then(
    (answer) => `answered ${String(answer)}`,
    (fault: unknown) => fault,
  )
  if (!isSessionError(thrown)) throw new Error(`not refused: ${String(thrown)}`)
  const { cause } = thrown
  return { code: thrown.code, cause: Object(cause).code, text: `${thrown.message} | ${String(cause)} | ${JSON.stringify(cause)}` }
}

export async function expectAllRefused(store: Store, row: Row, except: readonly string[] = []): Promise<void> {
  for (const [name, verb] of Object.entries(verbsOf(store, row))) {
    if (!except.includes(name)) expect(await faultOf(verb()), name).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  }
}

/** Asks again and again, as an engine does, until there is an answer. */
export async function untilAnswered<T>(verb: () => Promise<T>, limit: number = PATIENT.timeout): Promise<T> {
  const end = performance.now() + limit
  for (;;) {
    try {
      return await verb()
    } catch (fault) {
      if (performance.now() > end) throw fault
    }
  }
}

/** Closes every connection that a client has to the server. */
export const cutConnections = (server: PostgresServer): Promise<unknown> =>
  server.sql(`select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`)
