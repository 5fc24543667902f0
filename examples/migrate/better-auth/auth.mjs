// The configuration of better-auth, as it was and as it stays: it goes on checking passwords.
import { NodeSqliteDialect } from '@better-auth/kysely-adapter/node-sqlite-dialect'
import { DatabaseSync } from '@photostructure/sqlite'
import { betterAuth } from 'better-auth'

export const auth = betterAuth({
  // With Node 22 or newer: database: new DatabaseSync(file), of node:sqlite.
  database: { dialect: new NodeSqliteDialect({ database: new DatabaseSync(process.env.BETTER_AUTH_FILE) }), type: 'sqlite' },
  secret: process.env.BETTER_AUTH_SECRET,
  baseURL: `http://127.0.0.1:${process.env.PORT}`,
  emailAndPassword: { enabled: true },
})
