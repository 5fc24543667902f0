import { mac } from '../crypto/hash.js'
import type { Engine } from './engine.js'

/** 132 bits: equal by chance never. */
const LENGTH = 22

/** What `sub` says of a user: another pseudonym than that of events, so that nobody who reads tokens can follow the audit log. */
export function subjectOf(engine: Pick<Engine, 'settings' | 'keys'>, userId: string): string {
  return engine.settings.tokens.jwt?.subject === 'userId' ? userId : mac(engine.keys.pseudonym, 'subject', userId).slice(0, LENGTH)
}
