import { type Finding, fail, ok, warn } from './check.js'

/** 128 bits, written as hexadecimal or better. Less can be guessed from a copy of a hash. */
const SAFE_LENGTH = 32
const LEAST_LENGTH = 16

/** Keys that people chose. Their text never shows up in a finding. */
export function checkKeys(serviceKey: string | undefined, adminKey: string | undefined): Finding[] {
  const findings = [checkKey('service key', 'SOJOURN_SERVICE_KEY', serviceKey), checkKey('admin key', 'SOJOURN_ADMIN_KEY', adminKey)]
  if (serviceKey === undefined || serviceKey !== adminKey) return findings
  return [
    ...findings,
    fail('keys', 'the service key and the admin key are the same', 'Give them different values: applications must not be administrators.'),
  ]
}

function checkKey(name: string, variable: string, key: string | undefined): Finding {
  if (key === undefined) return ok(name, 'not there yet; the first start makes it')
  const advice = `Set ${variable} to at least ${SAFE_LENGTH} random characters, for example from: openssl rand -hex 32`
  if (key.length < LEAST_LENGTH) return fail(name, `only ${key.length} characters`, advice)
  // One character over and over, or two in turn, is long and no key.
  if (new Set(key).size < 8) return fail(name, `only ${new Set(key).size} different characters`, advice)
  return key.length < SAFE_LENGTH ? warn(name, `${key.length} characters`, advice) : ok(name, `${key.length} characters`)
}
