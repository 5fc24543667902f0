import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type SqliteStoreOptions, sqliteStore } from '../../src/store/sqlite.js'
import { loadSqlite, type SqliteDatabase } from '../../src/store/sqlite-driver.js'
import type { ScannableStore } from '../../src/store/store.js'
import { tempFolder } from './temp-folder.js'

const { DatabaseSync } = await loadSqlite()

export interface SqliteFiles {
  /** Gone when the tests of the file are over. */
  readonly folder: string
  /** The path of a file that does not exist yet, in a folder that does not either. */
  newPath(): string
}

export function sqliteFiles(): SqliteFiles {
  const folder = tempFolder()
  let files = 0
  return { folder, newPath: () => join(folder, `${++files}`, 'sessions.db') }
}

/** A store that is closed at the end of the test. */
export async function open(path: string, options: Omit<SqliteStoreOptions, 'path'> = {}): Promise<ScannableStore> {
  const store = await sqliteStore({ path, ...options })
  onTestFinished(() => store.close())
  return store
}

/** Another program on the same file. */
export function openRaw(path: string): SqliteDatabase {
  mkdirSync(dirname(path), { recursive: true })
  const db = new DatabaseSync(path)
  onTestFinished(() => db.close())
  return db
}
