import type { SessionContext } from '../session.js'
import { merge, type Parts, sessionOf } from './merge.js'
import type { Binding, SessionRecord } from './records.js'
import { conflict, MOST_TRIES, type VaultParts } from './vault-parts.js'
import { requestOf } from './versioned.js'

/** The session of the manager that is to go with what is stored now; `issued` is one that an earlier try has begun. */
async function bindingFor(
  { users }: VaultParts,
  merged: Parts,
  stored: SessionRecord | undefined,
  issued: Binding | undefined,
  context: SessionContext,
): Promise<Binding | undefined> {
  const user = users?.userOf(sessionOf(merged))
  if (users === undefined || user === undefined) return undefined
  if (stored?.binding?.user === user) return stored.binding
  return issued?.user === user ? issued : await users.issue(user, context)
}

/** Saves a session object: what it has changed since it was loaded, over what is stored now. */
export async function saveSession(parts: VaultParts, id: string, session: object, mine: Parts, context: SessionContext): Promise<void> {
  const { bases, records, users, clock, write } = parts
  const endOf = async (left: Binding | undefined): Promise<void> => (left === undefined ? undefined : await users?.end(left))
  const known = bases.get(session)
  const base = known?.id === id ? known : undefined
  const isNew = base === undefined && requestOf(session) !== undefined
  let issued: Binding | undefined
  let found = base?.found ?? (await records.read(id))
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    // What was loaded and is gone was ended by somebody; nothing that was ended is begun again, unless its id is given out again.
    if (base === undefined ? found.kind === 'ended' && !isNew : found.kind !== 'live') {
      await endOf(issued)
      return
    }
    const stored = found.kind === 'live' ? found.record : undefined
    const merged = base === undefined || stored === undefined ? mine : merge(base.parts, mine, stored.parts)
    const binding = await bindingFor(parts, merged, stored, issued, context)
    if (binding !== undefined && binding !== stored?.binding && binding !== issued) {
      await endOf(issued)
      issued = binding
    }
    const createdAt = stored === undefined || isNew ? clock.now() : stored.createdAt
    const written = await write(id, found, { parts: merged, createdAt, ...(binding === undefined ? {} : { binding }) })
    if (written !== undefined) {
      bases.set(session, { id, parts: mine, found: written })
      for (const left of [stored?.binding, issued]) if (left !== binding) await endOf(left)
      return
    }
    found = await records.reread(id)
  }
  throw conflict()
}
