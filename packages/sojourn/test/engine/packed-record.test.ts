import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyFrom, sha256 } from '../../src/crypto/hash.js'
import { systemRandom } from '../../src/crypto/random.js'
import { seal, sealingKey, unseal } from '../../src/crypto/seal.js'
import { openedRows } from '../../src/engine/opened-rows.js'
import { packRecord } from '../../src/engine/pack-record.js'
import type { LiveRecord, StoredRecord } from '../../src/engine/record.js'
import { openRow } from '../../src/engine/row.js'
import { unpackRecord } from '../../src/engine/unpack-record.js'
import type { KeyHolder } from '../../src/keyring/key-holder.js'

const AT = 1_767_225_600_000
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0'
const FINGERPRINT = 'baBcDeFgHiJkLmNoPqRsTuV'
const TYPICAL: LiveRecord = {
  kind: 'session',
  userId: 'user-123456',
  tenant: null,
  createdAt: AT,
  authTime: AT,
  rememberMe: false,
  lifetimeEnd: AT + 3_600_000,
  durationEnd: AT + 2_592_000_000,
  absoluteEnd: AT + 2_592_000_000,
  lastActivity: AT + 123,
  requests: 1,
  generation: 1,
  secretHash: sha256('secret'),
  rotatedAt: AT,
  confirmed: true,
  renewals: 0,
  context: { ipAddress: '203.0.113.7', userAgent: AGENT },
  seen: { at: AT, fingerprint: FINGERPRINT },
  device: { id: 'dev_AbCdEfGhIjKlMnOpQrStUv', label: 'Firefox on Linux', class: 'desktop', fingerprint: FINGERPRINT },
  addresses: [{ value: '203.0.113.7', first: AT, last: AT + 123 }],
  agents: [{ value: AGENT, first: AT, last: AT + 123 }],
  roles: ['user'],
  permissions: ['read', 'write'],
  data: { cart: [1, 2, 3] },
}
const throughJson = (record: StoredRecord): unknown => JSON.parse(JSON.stringify(record))

const text = fc.string({ unit: 'binary', maxLength: 40 })
const anyNumber = fc.oneof(fc.integer({ min: AT - 1e9, max: AT + 1e10 }), fc.maxSafeNat(), fc.double(), fc.integer())
const hash = fc.oneof(
  text.map((secret) => sha256(secret)),
  text,
)
const seenList = fc.array(fc.record({ value: text, first: anyNumber, last: anyNumber }), { maxLength: 4 })
const required = {
  kind: fc.constant('session' as const),
  userId: text,
  tenant: fc.option(text),
  createdAt: anyNumber,
  authTime: anyNumber,
  rememberMe: fc.boolean(),
  lifetimeEnd: anyNumber,
  durationEnd: anyNumber,
  absoluteEnd: anyNumber,
  lastActivity: anyNumber,
  requests: fc.oneof(fc.nat(), anyNumber),
  generation: fc.oneof(fc.nat(), anyNumber),
  secretHash: hash,
  rotatedAt: anyNumber,
  confirmed: fc.boolean(),
  renewals: fc.oneof(fc.nat(), anyNumber),
  context: fc.record({ ipAddress: text, userAgent: text, deviceId: text, location: text }, { requiredKeys: [] }),
  addresses: seenList,
  agents: seenList,
  roles: fc.array(text, { maxLength: 4 }),
  permissions: fc.array(text, { maxLength: 4 }),
  data: fc.dictionary(fc.string(), fc.jsonValue()),
}
const optional = {
  stage: fc.constantFrom('pending' as const, 'anonymous' as const),
  actor: text,
  acr: text,
  amr: fc.array(text),
  startedAt: anyNumber,
  previousHash: hash,
  pairSince: fc.nat(),
  device: fc.record(
    { id: text, label: text, class: fc.constantFrom('desktop' as const, 'mobile' as const), fingerprint: text },
    { requiredKeys: ['id', 'label', 'class'] },
  ),
  seen: fc.record(
    { at: anyNumber, fingerprint: text, place: fc.record({ country: text, latitude: fc.double() }) },
    { requiredKeys: ['at'] },
  ),
  challenged: fc.record({ at: fc.nat(), signal: text }),
  elevation: fc.record({ permissions: fc.array(text), until: fc.nat(), since: fc.nat() }),
  grants: fc.array(fc.record({ hash: text, operation: text, resource: text, until: fc.nat() })),
  cnf: fc.record({ jkt: text }),
  boundTo: fc.record({ jkt: text, at: fc.nat(), row: text }),
  ofAReleaseToCome: fc.jsonValue(),
}
const anyRecord = fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) as (keyof typeof required)[] })

/** Most of what `anyRecord` makes has a number or a text that only JSON can say; this one has none. */
const plainRecord = fc
  .tuple(anyRecord, fc.array(fc.nat({ max: 10_000_000_000 }), { minLength: 10, maxLength: 10 }))
  .map(([record, numbers]): StoredRecord => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0] = numbers
    const instants = { createdAt: AT + a, authTime: AT - b, lifetimeEnd: AT + c, durationEnd: AT + d, absoluteEnd: AT + e }
    const more = { lastActivity: AT + f, rotatedAt: AT - g, requests: h, generation: i, renewals: j, secretHash: sha256(record.userId) }
    const { previousHash: _none, ...rest } = record
    return { ...rest, ...instants, ...more, addresses: TYPICAL.addresses, agents: TYPICAL.agents }
  })

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isFrozen)
}

describe('a packed record', () => {
  it.each([
    ['whatever is in it', anyRecord, 0],
    ['whatever else is in it', plainRecord, 1_500],
  ])('opens to what was packed, %s', (_what, records, fewest) => {
    let count = 0
    fc.assert(
      fc.property(records, (record) => {
        const packed = packRecord(record as StoredRecord)
        if (packed[0] === 1) count++
        expect(unpackRecord(packed)).toEqual(throughJson(record as StoredRecord))
      }),
      { numRuns: 2_000, seed: 20_261_121 },
    )
    expect(count).toBeGreaterThanOrEqual(fewest)
  })

  it('takes a third of what JSON takes, and its parts are frozen to their depths when it is opened', () => {
    const packed = packRecord(TYPICAL)
    expect(packed[0]).toBe(1)
    expect(packed.length).toBeLessThan(350)
    expect(packed.length * 2.5).toBeLessThan(JSON.stringify(TYPICAL).length)
    const opened = unpackRecord(packed)
    expect(opened).toEqual(TYPICAL)
    expect(Object.values(opened ?? {}).every(isFrozen)).toBe(true)
  })

  it('is JSON for what is no session, and opens as JSON what an older release wrote', () => {
    const spent: StoredRecord = { kind: 'spent' }
    expect(packRecord(spent).toString()).toBe('{"kind":"spent"}')
    const opened = unpackRecord(Buffer.from(JSON.stringify(TYPICAL)))
    expect(opened).toEqual(TYPICAL)
    expect(Object.values(opened ?? {}).every(isFrozen)).toBe(true)
  })

  it('keeps what no place is foreseen for', () => {
    const stranger = { ...TYPICAL, invented: { later: true }, context: { ...TYPICAL.context, location: { country: 'DE' } } }
    expect(packRecord(stranger)[0]).toBe(1)
    expect(unpackRecord(packRecord(stranger))).toEqual(stranger)
  })

  it('is refused, and nothing is thrown, where its bytes are cut off, changed or made up', () => {
    const packed = packRecord(TYPICAL)
    for (let length = 0; length < packed.length; length++) expect(unpackRecord(packed.subarray(0, length))).toBeUndefined()
    expect(unpackRecord(Buffer.concat([packed, Buffer.of(0)]))).toBeUndefined()
    for (const first of [0, 2, 0x5b, 0x7c, 255]) expect(unpackRecord(Buffer.concat([Buffer.of(first), packed.subarray(1)]))).toBeUndefined()
    const changed = fc.record({ place: fc.nat({ max: packed.length - 1 }), to: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(changed, ({ place, to }) => {
        const bytes = Buffer.from(packed)
        bytes[place] = to
        const opened = unpackRecord(bytes)
        expect(opened === undefined || opened.kind === 'session').toBe(true)
      }),
      { numRuns: 5_000, seed: 20_261_121 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => unpackRecord(Uint8Array.of(1, ...bytes))).not.toThrow()
      }),
      { numRuns: 5_000, seed: 20_261_121 },
    )
  })

  it.each([
    ['as an older release sealed it', Buffer.from(JSON.stringify(TYPICAL)), TYPICAL],
    ['as this one seals it', packRecord(TYPICAL), TYPICAL],
    ['as one of a release to come might seal it', Buffer.from([2, 1, 2, 3]), 'broken'],
    ['cut off before it was sealed', packRecord(TYPICAL).subarray(0, 100), 'broken'],
    ['as JSON that was cut off before it was sealed', Buffer.from('{"kind":"sess'), 'broken'],
  ])('is opened from its row, or called broken, %s', async (_how, plain, expected: unknown) => {
    const key = sealingKey(keyFrom(systemRandom().bytes(32)))
    const ring = { open: (sealed: Uint8Array, bucket: string, binding: string) => unseal(() => key, sealed, bucket, binding) }
    const head = { id: 'aaRow', owner: 'aaOwner', version: 3, createdAt: AT, expiresAt: AT + 1 }
    const row = { ...head, data: seal(key, systemRandom(), plain, 'aa', 'aaRow|aaOwner|3') }
    const engine = { opened: openedRows(), keys: { ring: () => ring } as unknown as KeyHolder }
    expect(await openRow(engine, row)).toEqual(expected)
  })
})
