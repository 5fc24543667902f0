import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditLog } from '../../src/events/audit.js'
import { eventBus } from '../../src/events/bus.js'
import type { SessionEvent } from '../../src/events/event.js'
import { fileAudit } from '../../src/events/file-audit.js'
import { silentLogger } from '../../src/events/log.js'
import { metrics } from '../../src/events/metrics.js'
import { outbox } from '../../src/events/outbox.js'
import { fakeClock } from '../../src/testing/index.js'

const event = (count: number): SessionEvent => ({ type: 'session.created', time: 1_767_225_600_000, count })

describe('the event bus', () => {
  it('goes on when a listener throws, and tells the others', () => {
    const bus = eventBus(silentLogger)
    const heard: SessionEvent[] = []
    bus.subscribe(() => {
      throw new Error('listener')
    })
    bus.subscribe((happened) => heard.push(happened))
    bus.publish(event(1))
    expect(heard).toEqual([event(1)])
  })

  it('takes away one listener and no other, even if the same function listens twice', () => {
    const bus = eventBus(silentLogger)
    const heard: SessionEvent[] = []
    const listener = (happened: SessionEvent): void => void heard.push(happened)
    const leave = bus.subscribe(listener)
    bus.subscribe(listener)
    leave()
    leave()
    bus.publish(event(1))
    expect(heard.length).toBe(1)
  })

  it('tells whether anybody listens', () => {
    const bus = eventBus(silentLogger)
    expect(bus.isHeard()).toBe(false)
    const leave = bus.subscribe(() => undefined)
    expect(bus.isHeard()).toBe(true)
    leave()
    expect(bus.isHeard()).toBe(false)
  })

  it('refuses to grow without end', () => {
    const bus = eventBus(silentLogger)
    for (let count = 0; count < 1_000; count++) bus.subscribe(() => undefined)
    expect(() => bus.subscribe(() => undefined)).toThrow(RangeError)
  })
})

describe('the outbox', () => {
  function failing(): { log: AuditLog; written: number[]; broken: boolean } {
    const state = { log: undefined as unknown as AuditLog, written: [] as number[], broken: true }
    state.log = {
      append: async ({ count }) => {
        if (state.broken) throw new Error('disk full')
        state.written.push(count ?? -1)
      },
      close: async () => undefined,
    }
    return state
  }

  it('keeps what the log could not take and writes it in the old order once the log works again [AUD-8 ATK-172]', async () => {
    const clock = fakeClock()
    const audit = failing()
    const box = outbox(audit.log, clock, silentLogger)
    for (const count of [1, 2, 3]) await box.record(event(count))
    expect(box.pending()).toBe(3)
    audit.broken = false
    await box.record(event(4))
    await clock.advance(1_000)
    expect(audit.written).toEqual([1, 2, 3, 4])
    expect(box.pending()).toBe(0)
    await box.record(event(5))
    expect(audit.written).toEqual([1, 2, 3, 4, 5])
  })

  it('tries again and again while the log stays broken', async () => {
    const clock = fakeClock()
    const audit = failing()
    const box = outbox(audit.log, clock, silentLogger)
    await box.record(event(1))
    await clock.advance(60_000)
    expect(box.pending()).toBe(1)
    audit.broken = false
    await clock.advance(1_000)
    expect(audit.written).toEqual([1])
  })

  it('writes what waits when it is closed', async () => {
    const audit = failing()
    const box = outbox(audit.log, fakeClock(), silentLogger)
    await box.record(event(1))
    audit.broken = false
    await box.close()
    expect(audit.written).toEqual([1])
  })
})

describe('the audit file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sojourn-audit-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('holds each record as one line of JSON, in the order of the calls, for its owner alone', async () => {
    const path = join(folder, 'audit.jsonl')
    const audit = await fileAudit({ path })
    await Promise.all(Array.from({ length: 500 }, (_, count) => audit.append(event(count))))
    await audit.close()
    const lines = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ count }) => count)).toEqual(Array.from({ length: 500 }, (_, count) => count))
    expect(lines[0]).toEqual({ time: '2026-01-01T00:00:00.000Z', type: 'session.created', count: 0 })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('appends to what is there, and never lets a value begin a line [AUD-6 ATK-171]', async () => {
    const path = join(folder, 'audit.jsonl')
    for (const reason of ['first', 'evil\n{"type":"forged"}\r\u2028\u0000\u001b[31m']) {
      const audit = await fileAudit({ path })
      await audit.append({ ...event(1), reason })
      await audit.close()
    }
    expect((await readFile(path, 'utf8')).trimEnd().split('\n').length).toBe(2)
  })

  it('refuses records after it was closed', async () => {
    const audit = await fileAudit({ path: join(folder, 'audit.jsonl') })
    await audit.close()
    await audit.close()
    await expect(audit.append(event(1))).rejects.toThrow(/closed/)
  })
})

describe('metrics', () => {
  it('count, measure, and are written in the text format of Prometheus', () => {
    const registry = metrics()
    registry.count('sojourn_sessions_created_total')
    registry.count('sojourn_sessions_ended_total', 'reason="logout"', 2)
    registry.observe('create', 0.75)
    registry.observe('create', 3_000)
    const text = registry.text([['sojourn_waiting', 'What waits.', 3]])
    expect(text).toContain('sojourn_sessions_created_total 1\n')
    expect(text).toContain('sojourn_sessions_ended_total{reason="logout"} 2\n')
    expect(text).toContain('sojourn_sessions_renewed_total 0\n')
    expect(text).toContain('sojourn_operation_seconds_bucket{operation="create",le="0.0005"} 0\n')
    expect(text).toContain('sojourn_operation_seconds_bucket{operation="create",le="0.001"} 1\n')
    expect(text).toContain('sojourn_operation_seconds_bucket{operation="create",le="+Inf"} 2\n')
    expect(text).toContain('sojourn_operation_seconds_count{operation="create"} 2\n')
    expect(text).toContain('# TYPE sojourn_waiting gauge\nsojourn_waiting 3\n')
  })

  it('do not grow with what comes from outside', () => {
    const registry = metrics()
    for (let index = 0; index < 5_000; index++) registry.count('sojourn_sessions_ended_total', `reason="r${index}"`)
    expect(registry.text([]).split('\n').length).toBeLessThan(400)
  })
})
