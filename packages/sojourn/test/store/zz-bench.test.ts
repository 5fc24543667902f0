import { it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { memoryStore } from '../../src/store/memory.js'
import { postgresStore } from '../../src/store/postgres.js'
import { sampleRow } from '../../src/testing/contract/sample.js'
import { Pool } from 'pg'
const url = 'postgres://postgres@127.0.0.1:37555/postgres?sslmode=disable'
async function load(name: string, conc: number, ms: number, f: () => Promise<unknown>) {
  let stop = false, n = 0
  const t0 = performance.now(), c0 = process.cpuUsage()
  setTimeout(() => { stop = true }, ms)
  await Promise.all(Array.from({ length: conc }, async () => { while (!stop) { await f(); n++ } }))
  const c = process.cpuUsage(c0)
  return `${name} ${Math.round(n / (performance.now() - t0) * 1000)}/s ${((c.user + c.system) / n).toFixed(0)}us`
}
it('bench', async () => {
  const out: string[] = []
  const pool = new Pool({ connectionString: url, max: 10 })
  const stores = { memory: await memoryStore(), url: await postgresStore({ url, timeout: 20000 }), prepared: await postgresStore({ url, prepare: true, timeout: 20000 }), pool: await postgresStore({ pool, timeout: 20000 }) }
  for (let r = 0; r < 2; r++) for (const [n, store] of Object.entries(stores)) {
    const m = await createSessionManager({ storage: store, keys: { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255) } })
    let u = 0
    const ids: string[] = []
    for (let i = 0; i < 500; i++) { const row = sampleRow({ owner: null, data: new Uint8Array(450) }); ids.push(row.id); await store.insert(row) }
    out.push(await load(`${r} ${n} createSession`, 64, 2000, () => m.createSession(`${r}${n}user${u++}`, { ipAddress: '203.0.113.7', userAgent: 'x' })))
    const s = await m.createSession('v' + r + n, { ipAddress: '203.0.113.7', userAgent: 'x' })
    out.push(await load(`${r} ${n} validate`, 64, 1500, () => m.validateSession(s.token ?? '')))
    out.push(await load(`${r} ${n} get`, 64, 1500, () => store.get(ids[u++ % 500] ?? '')))
    out.push(await load(`${r} ${n} get c=1`, 1, 700, () => store.get(ids[u++ % 500] ?? '')))
    out.push(await load(`${r} ${n} insert`, 64, 1500, () => store.insert(sampleRow({ data: new Uint8Array(450) }))))
    out.push(await load(`${r} ${n} insert c=1`, 1, 700, () => store.insert(sampleRow({ data: new Uint8Array(450) }))))
    await m.close()
  }
  for (const s of Object.values(stores)) await s.close()
  await pool.end()
  console.log(out.join('\n'))
}, 120000)
