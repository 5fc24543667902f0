import { expect } from 'vitest'
import type { SessionError } from '../../src/errors.js'
import type { SessionContext } from '../../src/session.js'
import type { CreateOptions, Sessions } from '../../src/sessions.js'
import type { BehaviourCheck, Bench } from './bench.js'
import { CONTEXT, RENEWABLE, refusal, secretsOf, valid } from './expectations.js'

/** A place where a string belongs, and a call that puts `value` there. `path` is how the refusal must name it. */
interface Field {
  readonly verb: string
  readonly path: RegExp
  /** Texts of the table below that are good here after all. */
  readonly allows?: readonly string[]
  /** The value travels in the address of the request, where only text can be said. */
  readonly inAddress?: true
  call(sessions: Sessions, token: string, value: never): Promise<unknown>
}

const MEGABYTE = 'x'.repeat(1 << 20)

const BAD_TEXTS: Readonly<Record<string, string>> = {
  'an empty text': '',
  'a megabyte': MEGABYTE,
  'a NUL': 'a\0b',
  'a line end': 'a\r\nb: c',
  'a double quote': 'a"b',
  'the name of a prototype': '__proto__',
  'an emoji': 'a😀b',
  'a lone surrogate': 'a\ud800b',
  'an escape sequence': '\u001b[31mred',
  'a change of direction': 'a\u202eb',
}

const WRONG_TYPES: Readonly<Record<string, unknown>> = {
  'a number': 42,
  null: null,
  'a list': ['a'],
  'an object': { a: 1 },
  true: true,
}

const withContext = (name: keyof SessionContext, value: unknown): SessionContext => ({ [name]: value })
const withOption = (name: keyof CreateOptions, value: unknown): CreateOptions => ({ [name]: value })

const PARTS = ['ipAddress', 'userAgent', 'deviceId', 'location'] as const
/** `__proto__` is as good a user agent as any; it is never used as a key. */
const allowsOf = (part: string): readonly string[] => (part === 'userAgent' ? ['__proto__'] : [])

const FIELDS: readonly Field[] = [
  { verb: 'createSession', path: /^userId$/, call: (sessions, _, value) => sessions.createSession(value) },
  ...PARTS.map(
    (part): Field => ({
      verb: 'createSession',
      path: new RegExp(`^context\\.${part}`),
      allows: allowsOf(part),
      call: (sessions, _, value) => sessions.createSession('user-9', withContext(part, value)),
    }),
  ),
  {
    verb: 'createSession',
    path: /^options\.tenant$/,
    call: (sessions, _, value) => sessions.createSession('user-9', {}, withOption('tenant', value)),
  },
  ...(['roles', 'permissions'] as const).map(
    (name): Field => ({
      verb: 'createSession',
      path: new RegExp(`^options\\.${name}\\.1$`),
      call: (sessions, _, value) => sessions.createSession('user-9', {}, withOption(name, ['fine', value])),
    }),
  ),
  {
    verb: 'createSession',
    path: /^options\.acr$/,
    allows: ['__proto__'],
    call: (sessions, _, value) => sessions.createSession('user-9', {}, withOption('acr', value)),
  },
  {
    verb: 'createSession',
    path: /^options\.amr\.0$/,
    allows: ['__proto__'],
    call: (sessions, _, value) => sessions.createSession('user-9', {}, withOption('amr', [value])),
  },
  ...PARTS.map(
    (part): Field => ({
      verb: 'renewSession',
      path: new RegExp(`^context\\.${part}`),
      allows: allowsOf(part),
      call: (sessions, token, value) => sessions.renewSession(token, withContext(part, value)),
    }),
  ),
  ...PARTS.map(
    (part): Field => ({
      verb: 'updateSessionContext',
      path: new RegExp(`^(context|changes)\\.${part}`),
      allows: allowsOf(part),
      call: (sessions, token, value) => sessions.updateSessionContext(token, withContext(part, value)),
    }),
  ),
  {
    verb: 'terminateSession',
    path: /(^|\.)reason$/,
    call: (sessions, token, value) => sessions.terminateSession(token, { reason: value }),
  },
  {
    verb: 'terminateAllUserSessions',
    path: /(^|\.)reason$/,
    inAddress: true,
    call: (sessions, _, value) => sessions.terminateAllUserSessions('user-1', { reason: value }),
  },
  {
    verb: 'terminateAllUserSessions',
    path: /(^|\.)except$/,
    inAddress: true,
    call: (sessions, _, value) => sessions.terminateAllUserSessions('user-1', { except: value }),
  },
  {
    verb: 'terminateAllUserSessions',
    path: /^userId$/,
    inAddress: true,
    call: (sessions, _, value) => sessions.terminateAllUserSessions(value),
  },
  { verb: 'getActiveSessions', path: /^userId$/, inAddress: true, call: (sessions, _, value) => sessions.getActiveSessions(value) },
  {
    verb: 'setSessionPermissions',
    path: /^permissions\.1$/,
    call: (sessions, token, value) => sessions.setSessionPermissions(token, ['fine', value]),
  },
]

/** A text of 1 MB may be refused for the size of the request before anybody knows which field it stands in. */
const pathMatters = (bench: Bench, value: unknown): boolean => bench.way === 'engine' || value !== MEGABYTE

function cannotBeSaid(bench: Bench, field: Field, value: unknown): boolean {
  if (bench.way !== 'http') return false
  return field.inAddress === true && (typeof value !== 'string' || value === '' || value === MEGABYTE || value.includes('\ud800'))
}

async function refusedAs(what: string, work: Promise<unknown>): Promise<SessionError> {
  return refusal(work, 'INVALID_ARGUMENT').catch((cause: unknown) => {
    throw new Error(what, { cause })
  })
}

async function refusesAll(bench: Bench, field: Field, values: Readonly<Record<string, unknown>>): Promise<void> {
  const { token } = await bench.sessions.createSession('user-1', CONTEXT)
  const before = await bench.sessions.getSessionAnalytics(token)
  const rows = JSON.stringify((await bench.store.rows()).map(({ id, version }) => [id, version]))
  for (const [what, value] of Object.entries(values)) {
    if (field.allows?.includes(String(value)) === true || cannotBeSaid(bench, field, value)) continue
    const error = await refusedAs(`${field.verb} ${String(field.path)} with ${what}`, field.call(bench.sessions, token, value as never))
    if (pathMatters(bench, value)) expect(error.path, `${field.verb} with ${what}`).toMatch(field.path)
    expect(error.message.length, 'a message does not repeat what was sent').toBeLessThan(1000)
  }
  expect(JSON.stringify((await bench.store.rows()).map(({ id, version }) => [id, version]))).toBe(rows)
  expect(await bench.sessions.getSessionAnalytics(token)).toEqual(before)
  expect((await valid(bench, token)).context).toEqual(CONTEXT)
  const lines = JSON.stringify(bench.logs)
  for (const secret of secretsOf(token)) expect(lines).not.toContain(secret)
}

const named = (field: Field): string => `${field.verb}, ${field.path.source.replaceAll(/[\\^$]|\(.*?\)/g, '')}`

export const input: readonly BehaviourCheck[] = [
  ...FIELDS.flatMap((field): BehaviourCheck[] => [
    {
      name: `is refused with its place, and changes nothing: texts, ${named(field)}`,
      limits: RENEWABLE,
      check: (bench) => refusesAll(bench, field, BAD_TEXTS),
    },
    {
      name: `is refused with its place, and changes nothing: wrong types, ${named(field)}`,
      limits: RENEWABLE,
      check: (bench) =>
        refusesAll(bench, field, field.path.source.includes('location') ? { ...WRONG_TYPES, 'an object': { country: 5 } } : WRONG_TYPES),
    },
  ]),
  ...PARTS.map(
    (part): BehaviourCheck => ({
      name: `is a refusal and no fault of validateSession, because a client sent it: context.${part}`,
      // By bare HTTP it is a bad request, 400.
      ways: ['engine', 'client'],
      async check(bench) {
        const { token } = await bench.sessions.createSession('user-1', CONTEXT)
        for (const [what, value] of Object.entries(BAD_TEXTS)) {
          if (allowsOf(part).includes(value) || (value === MEGABYTE && bench.way !== 'engine')) continue
          const result = await bench.sessions.validateSession(token, withContext(part, value)).catch((cause: unknown) => {
            throw new Error(`validateSession threw at ${what}`, { cause })
          })
          if (!result.isValid) expect(result.error.code, what).toMatch(/^(INVALID_ARGUMENT|CONTEXT_MISMATCH)$/)
        }
        expect((await valid(bench, token)).context).toEqual(CONTEXT)
      },
    }),
  ),
  {
    name: 'in the place of a token never opens anything, whatever its type [LIF-8 ATK-005]',
    async check(bench) {
      await bench.sessions.createSession('user-1')
      const rows = await bench.store.rows()
      for (const value of [undefined, ...Object.values(WRONG_TYPES), ...Object.values(BAD_TEXTS)] as never[]) {
        const shown = JSON.stringify(value)?.slice(0, 30)
        const result = await bench.sessions.validateSession(value).catch((error: unknown) => ({ isValid: false as const, error }))
        expect(result, shown).toMatchObject({
          isValid: false,
          error: { code: expect.stringMatching(/^(TOKEN_MALFORMED|INVALID_ARGUMENT)$/) },
        })
        const refusals = [
          bench.sessions.renewSession(value),
          bench.sessions.getSessionAnalytics(value),
          bench.sessions.updateSessionContext(value, {}),
          bench.sessions.setSessionPermissions(value, []),
        ].map((work) => refusal(work, ['TOKEN_MALFORMED', 'INVALID_ARGUMENT']))
        await Promise.all(refusals)
      }
      expect(await bench.store.rows()).toEqual(rows)
    },
  },
  {
    name: 'in durations, dates and data is refused with its place',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const rows = (await bench.store.rows()).length
      for (const expiresIn of [-1, 0, Number.NaN, 'soon', '', '5x', null, {}, '1e400d'] as never[]) {
        const error = await refusedAs(
          `expiresIn ${JSON.stringify(expiresIn)}`,
          bench.sessions.setSessionPermissions(token, ['admin'], { expiresIn }),
        )
        expect(error.path, String(expiresIn)).toMatch(/expiresIn$/)
      }
      const cyclic: Record<string, unknown> = {}
      cyclic['self'] = cyclic
      const tables: ReadonlyArray<readonly [keyof CreateOptions, readonly unknown[]]> = [
        ['authTime', ['yesterday', {}, true]],
        ['data', ['text', 5, ['list'], { big: 'x'.repeat(65 * 1024) }, ...(bench.way === 'engine' ? [{ n: 1n }, cyclic] : [])]],
        ['rememberMe', ['yes', 1, {}]],
        ['roles', ['admin', {}, 5]],
        ['permissions', ['admin', {}, 5]],
        ['amr', ['pwd', {}, 5]],
      ]
      for (const [name, values] of tables) {
        for (const value of values) {
          const what = `${name} ${typeof value === 'object' ? 'object' : String(value)}`
          const error = await refusedAs(what, bench.sessions.createSession('user-9', {}, withOption(name, value)))
          expect(error.path, name).toMatch(new RegExp(`^options\\.${name}`))
        }
      }
      for (const lastActivity of ['now', {}, true] as never[]) {
        const error = await refusedAs(`lastActivity ${String(lastActivity)}`, bench.sessions.updateSessionContext(token, { lastActivity }))
        expect(error.path).toMatch(/lastActivity$/)
      }
      expect(await bench.store.rows()).toHaveLength(rows)
      expect((await valid(bench, token)).permissions).toEqual([])
    },
  },
  {
    name: 'in the data of a session reaches no prototype [STO-6 ATK-074]',
    async check(bench) {
      for (const text of [
        '{"__proto__":{"polluted":1}}',
        '{"constructor":{"prototype":{"polluted":1}}}',
        '{"a":{"__proto__":{"polluted":1}}}',
      ]) {
        const data = JSON.parse(text) as Record<string, unknown>
        const session = await bench.sessions.createSession('user-1', {}, { data }).catch(() => undefined)
        if (session !== undefined) expect((await valid(bench, session.token)).data['polluted']).toBeUndefined()
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
      }
    },
  },
]
