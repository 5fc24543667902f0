import { access, constants } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isSessionError } from 'sojourn'
import { sqliteStore } from 'sojourn/sqlite'
import type { ServiceSettings } from '../../settings.js'
import type { Io } from '../io.js'
import { databaseOf, openDirect } from '../open-direct.js'
import { shown } from '../text.js'
import { type Finding, fail, ok } from './check.js'

/** The row that is written and taken away again lasts no longer, should the process die between the two. */
const PROBE_LIFE = 60_000

/** Whether the store can be opened with its keys, read and written. Makes none where there is none. */
export async function checkStore(io: Io, settings: ServiceSettings): Promise<Finding> {
  const name = 'store'
  const path = databaseOf(settings)
  if (path === undefined) return ok(name, 'in the memory of the service: all sessions end with it')
  if (!(await canAccess(path, constants.F_OK))) return ok(name, `${shown(path)} is not there yet; the first start makes it`)
  const account = 'Run the service and this command as the owner of the data folder.'
  if (!(await canAccess(path, constants.R_OK | constants.W_OK)) || !(await canAccess(dirname(path), constants.W_OK))) {
    return fail(name, `${shown(path)} cannot be written by this user`, account)
  }
  if (!(await canAccess(join(dirname(path), 'keys.json'), constants.F_OK))) {
    return fail(
      name,
      'keys.json is missing beside the database',
      'Restore it from a backup: without it no stored session can be opened, and all users have to log in again.',
    )
  }
  try {
    await read(io, settings)
    await write(io, path)
    return ok(name, `${shown(path)} can be read and written`)
  } catch (fault) {
    return fail(
      name,
      shown(isSessionError(fault) ? reasonOf(fault) : 'it cannot be opened'),
      'See whether the disk is full or broken, and whether another program holds the file.',
    )
  }
}

async function read(io: Io, settings: ServiceSettings): Promise<void> {
  const sessions = await openDirect(io, { ...settings, sessions: {}, audit: false })
  try {
    await sessions.ping()
  } finally {
    await sessions.close()
  }
}

async function write(io: Io, path: string): Promise<void> {
  const store = await sqliteStore({ path, clock: io.clock })
  try {
    const now = io.clock.now()
    const id = `aadoctor-${process.pid}-${now}`
    await store.insert({ id, owner: null, version: 1, createdAt: now, expiresAt: now + PROBE_LIFE, data: new Uint8Array(1) })
    await store.remove(id)
  } finally {
    await store.close()
  }
}

function reasonOf(fault: Error): string {
  return fault.cause instanceof Error ? `${fault.message} (${fault.cause.message})` : fault.message
}

async function canAccess(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode)
    return true
  } catch {
    // Which of the ways it fails does not matter: the question is whether it can be used.
    return false
  }
}
