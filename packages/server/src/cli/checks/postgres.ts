import { Client } from 'pg'
import type { Clock } from 'sojourn'
import type { PostgresStorage } from '../../storage-settings.js'
import { plural } from '../plural.js'
import { shown } from '../text.js'
import { type Finding, fail, ok, warn } from './check.js'
import { checkStoreClock } from './store-clock.js'

/** How long a server may take that is asked once, by a person who waits. */
const TIMEOUT = 2_000

const FACTS = `
select pg_is_in_recovery() as standby,
  current_setting('server_version') as version,
  current_setting('fsync') as fsync,
  (select count(*)::integer from pg_stat_replication where sync_state in ('sync', 'quorum')) as synchronous,
  (select count(*)::integer from pg_stat_replication) as standbys,
  extract(epoch from clock_timestamp()) * 1000 as now`

interface Facts {
  readonly standby: boolean
  readonly version: string
  readonly fsync: string
  readonly synchronous: number
  readonly standbys: number
  readonly now: string
}

/** What each host of Postgres says about itself: whether it is the primary, and whether its commits last. */
export async function checkPostgres({ urls, replicas = 0 }: PostgresStorage, clock: Clock): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const url of urls) {
    const name = new URL(url).host
    const facts = await factsOf(url)
    if (facts === undefined) findings.push(unreachable(name, urls.length))
    else findings.push(...judge(facts, name, replicas, clock.now()))
  }
  return findings
}

/** With several hosts, one that is away is what the others are for. */
function unreachable(name: string, hosts: number): Finding {
  const found = `${shown(name)} does not answer`
  const advice = 'See whether it runs, and whether user and password are right.'
  return hosts > 1 ? warn('postgres', found, advice) : fail('postgres', found, advice)
}

async function factsOf(url: string): Promise<Facts | undefined> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT,
    query_timeout: TIMEOUT,
    application_name: 'sojourn doctor',
  })
  // A connection that breaks also rejects what was asked.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Facts>(FACTS)).rows[0]
  } catch {
    // What a driver throws can hold the address with its password. Whether the store works was tried before.
    return undefined
  } finally {
    await client.end()
  }
}

function judge({ standby, version, fsync, synchronous, standbys, now }: Facts, name: string, replicas: number, ownNow: number): Finding[] {
  const role = standby ? 'standby' : `primary, ${plural(standbys, 'standby')}, ${synchronous} of them synchronous`
  const findings = [ok('postgres', `${shown(name)}: Postgres ${shown(version)}, ${role}, fsync ${fsync}`)]
  if (fsync !== 'on')
    findings.push(
      fail(
        'postgres disk',
        `${shown(name)} does not wait for its disk (fsync off)`,
        'Run there: ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()',
      ),
    )
  if (!standby && synchronous < replicas) {
    const advice = 'Connect more of those that synchronous_standby_names lists: until then each commit waits, and calls are answered 503.'
    findings.push(warn('postgres standbys', `${synchronous} of ${replicas} that each commit must wait for`, advice))
  }
  return [...findings, checkStoreClock(ownNow, Number(now))]
}
