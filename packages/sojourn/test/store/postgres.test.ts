import { Pool } from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { postgresStore } from '../../src/store/postgres.js'
import type { ScannableStore } from '../../src/store/store.js'
import { alternate } from '../../src/testing/index.js'
import { type PgBouncer, startPgBouncer } from '../servers/pgbouncer.js'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { contractOn } from './contract-on.js'

let server: PostgresServer
let bouncer: PgBouncer
beforeAll(async () => {
  server = await startPostgres()
  bouncer = await startPgBouncer(server)
})
afterAll(async () => {
  await bouncer?.close()
  await server?.close()
})

describe('postgresStore keeps the store contract', () => {
  let own: ScannableStore
  let prepared: ScannableStore
  let given: ScannableStore
  let pooled: ScannableStore
  let handles: ScannableStore
  let pool: Pool

  beforeAll(async () => {
    const { url } = server
    pool = new Pool({ connectionString: url, max: 20 })
    own = await postgresStore({ url })
    prepared = await postgresStore({ url, prepare: true })
    given = await postgresStore({ pool, schema: 'given', prefix: '_1' })
    pooled = await postgresStore({ url: bouncer.url })
    handles = alternate([await postgresStore({ url, poolSize: 4 }), await postgresStore({ url, poolSize: 4 })]) as ScannableStore
  })
  afterAll(async () => {
    await Promise.all([own, prepared, given, pooled, handles].map((store) => store?.close()))
    await pool?.end()
  })

  describe('on connections of its own', () => contractOn(() => own))
  describe('with prepared statements', () => contractOn(() => prepared))
  describe('on a pool of the caller', () => contractOn(() => given))
  describe('behind PgBouncer in transaction mode', () => contractOn(() => pooled))
  describe('on two handles to one database', () => contractOn(() => handles))
})
