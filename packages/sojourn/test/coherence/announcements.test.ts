import { expect, it } from 'vitest'
import { announcements } from '../../src/coherence/announcements.js'

it('misses what was said and has not come back, but not for what was said of a later version meanwhile', () => {
  const said = announcements((id, version) => `${id} ${version}`)
  said.message('row', 5)
  expect([said.isMissing('row', 4), said.isMissing('row', 5), said.isMissing('row', Number.POSITIVE_INFINITY)]).toEqual([false, true, true])
  said.message('row', 6)
  expect([said.isMissing('row', 5), said.isMissing('row', 6)]).toEqual([false, true])
  said.heard('row', 6)
  expect(said.isMissing('row', Number.POSITIVE_INFINITY)).toBe(false)
})
