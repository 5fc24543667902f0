import { describe, expect, it } from 'vitest'
import { agentName } from '../../src/cli/agent.js'
import { relative } from '../../src/cli/relative.js'
import { table } from '../../src/cli/table.js'
import { fit, jsonLine, shown, widthOf } from '../../src/cli/text.js'

const HOSTILE = 'a\u001b]0;owned\u0007b\u009b31mc\u202ed\u2028e\u0000\r\n\t\u200bf\ud800g\u{e0041}h'

/** Whether a terminal would do something else than show it. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u

describe('text from outside', () => {
  it('never acts on the terminal, in a table or as JSON [AUD-6 ATK-171]', () => {
    expect(ACTS.test(shown(HOSTILE))).toBe(false)
    expect(ACTS.test(jsonLine({ [HOSTILE]: HOSTILE }).trimEnd())).toBe(false)
    expect(ACTS.test(agentName(HOSTILE))).toBe(false)
  })

  it('is not changed when JSON with it is read again', () => {
    expect(JSON.parse(jsonLine({ text: HOSTILE }))).toEqual({ text: HOSTILE })
  })

  it('stays as it is when it is harmless', () => {
    for (const text of ['alice@example.com', 'Zoë', '名前', 'نام', '🙂']) expect(shown(text)).toBe(text)
  })

  it('is measured and cut by the columns that it takes', () => {
    expect(widthOf('名前')).toBe(4)
    expect(widthOf('e\u0301')).toBe(1)
    expect(fit('名前です', 5)).toBe('名前…')
    expect(fit('abc', 3)).toBe('abc')
    expect(fit('abcd', 3)).toBe('ab…')
  })
})

describe('a table', () => {
  interface Row {
    readonly id: string
    readonly user: string
    readonly agent: string
  }
  const rows: readonly Row[] = [
    { id: 'sid_1234567890', user: 'alice', agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    { id: 'sid_0987654321', user: 'a-user-with-a-very-long-name@example.com', agent: 'curl' },
  ]
  const columns = [
    { title: 'ID', text: (row: Row) => row.id },
    { title: 'USER', text: (row: Row) => row.user, least: 8 },
    { title: 'AGENT', text: (row: Row) => row.agent, least: 10, leaves: 1 },
  ]

  it('is as wide as its content when there is no terminal', () => {
    expect(table(columns, rows, Number.POSITIVE_INFINITY)[2]).toBe('sid_0987654321  a-user-with-a-very-long-name@example.com  curl')
  })

  it.each([200, 90, 80, 60, 40, 36, 30, 24])('fits a terminal of %i columns and keeps ids whole', (width) => {
    const lines = table(columns, rows, width)
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
    expect(lines[1]).toContain('sid_1234567890')
    expect(lines[2]).toContain('sid_0987654321')
  })

  it('gives up the least important column first', () => {
    expect(table(columns, rows, 30)[0]).not.toContain('AGENT')
    expect(table(columns, rows, 30)[0]).toContain('USER')
  })

  it('shows the titles alone when there are no rows', () => {
    expect(table(columns, [], 80)).toEqual(['ID  USER  AGENT'])
  })
})

describe('relative times', () => {
  const now = Date.UTC(2026, 0, 10)
  it.each([
    [0, 'now'],
    [999, 'now'],
    [-1_000, '1s ago'],
    [-59_999, '59s ago'],
    [-60_000, '1m ago'],
    [3_599_999, 'in 59m'],
    [3_600_000, 'in 1h'],
    [-86_400_000, '1d ago'],
    [864_000_000, 'in 10d'],
  ])('say %i ms as %s', (distance, text) => {
    expect(relative(new Date(now + distance).toISOString(), now)).toBe(text)
  })
})

describe('user agents', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['curl/8.9.1', 'curl/8.9.1'],
    [undefined, ''],
  ])('%s is %s', (agent, name) => {
    expect(agentName(agent)).toBe(name)
  })
})
