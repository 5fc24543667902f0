import type { DeviceBound } from '../device.js'
import type { Engine } from '../engine/engine.js'
import { rowIdOf } from '../engine/row.js'
import { timed } from '../engine/timed.js'
import { refuse } from '../input/refuse.js'
import type { DeviceBoundSettings } from '../proof-settings.js'
import { undecidedAs503 } from './answer.js'
import { draw } from './draw.js'
import { pace } from './pace.js'
import { refresh } from './refresh.js'
import { register } from './register.js'
import { registrationChallenge } from './registration-challenge.js'
import { registrationField } from './structured-field.js'

const PRINTABLE = /^[\x20-\x7e]{1,1024}$/

/** The calls that whatever serves HTTP makes for bound browsers. */
export function deviceBound(engine: Engine, settings: DeviceBoundSettings): DeviceBound {
  const limit = pace()
  return Object.freeze<DeviceBound>({
    cookieName: settings.cookieName,
    path: settings.path,
    registration(session, { authorization } = {}) {
      const rowId = rowIdOf(session.id)
      if (rowId === undefined) refuse('session', session.id, 'it must be a session that was just created.')
      if (authorization !== undefined && !PRINTABLE.test(authorization))
        refuse('authorization', authorization, 'it must have 1 to 1024 printable ASCII characters.')
      const challenge = registrationChallenge(engine.keys.proof, rowId, draw(engine), engine.clock.now(), authorization)
      const parameters = { path: `${settings.path}/register`, challenge, ...(authorization === undefined ? {} : { authorization }) }
      return { name: 'Secure-Session-Registration', value: registrationField(settings.algorithms, parameters) }
    },
    register: (request) => timed(engine, 'device_register', () => undecidedAs503(() => register(engine, settings, request))),
    refresh: (request) => timed(engine, 'device_refresh', () => undecidedAs503(() => refresh(engine, settings, limit, request))),
  })
}
