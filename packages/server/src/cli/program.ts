import { Command, InvalidArgumentError, Option } from 'commander'
import { configCheck } from './commands/config-check.js'
import { doctor } from './commands/doctor.js'
import { type ExportRowsOptions, exportStoredRows } from './commands/export-rows.js'
import { exportSessions } from './commands/export-sessions.js'
import { type ImportRowsOptions, importStoredRows } from './commands/import-rows.js'
import { type KillOptions, keysKill } from './commands/keys-kill.js'
import { keysList } from './commands/keys-list.js'
import { keysRotate, type RotateOptions } from './commands/keys-rotate.js'
import { type MigrateOptions, migrate } from './commands/migrate.js'
import { policyPrint } from './commands/policy-print.js'
import { type ServeOptions, serve } from './commands/serve.js'
import { type ListOptions, sessionsList } from './commands/sessions-list.js'
import { type RevokeOptions, sessionsRevoke } from './commands/sessions-revoke.js'
import { manyIn, type RevokeManyOptions, sessionsRevokeMany } from './commands/sessions-revoke-many.js'
import { sessionsShow } from './commands/sessions-show.js'
import { usersRevoke } from './commands/users-revoke.js'
import { CommandError, EXIT } from './exit.js'
import type { GlobalOptions, Io } from './io.js'
import { openTarget } from './open-target.js'
import { STORE_NAMES } from './store-name.js'
import type { Target } from './target.js'

/** More rows than anybody reads; for all of them there is `export`. */
const MOST_LISTED = 100_000

const HELP = `
Commands about sessions and users talk to the running service if there is one, else to the store in the data folder.

Exit codes:
  0  done                      3  the service or the store cannot be reached
  1  failed, or not agreed to  4  there is no such session
  2  wrong usage

Environment:
  SOJOURN_URL           address of a service; then no other place is looked at
  SOJOURN_SERVICE_KEY   its keys (or …_KEY_FILE: a file that holds one); never given as arguments,
  SOJOURN_ADMIN_KEY     which every user of this host could read. Else those of the data folder
  SOJOURN_KEY           master key of stored sessions: 32 random bytes as base64 or hexadecimal digits (or …_FILE)
  SOJOURN_PREVIOUS_KEYS those before it, with commas between them (or …_FILE)
  SOJOURN_DATA_DIR      the data folder (./.sojourn)
  SOJOURN_CONFIG        YAML files, with commas between them
  SOJOURN_HOST, SOJOURN_PORT, NO_COLOR`

/** The command line, described. What is printed and asked goes through `io`. */
export function program(io: Io): Command {
  const root = new Command('sojourn')
    .description('Runs the session service and looks after its sessions.')
    .version(io.version)
    .option('--json', 'one JSON object a line, for programs')
    .option('--url <address>', 'the service to talk to, in the place of SOJOURN_URL')
    .option('--data-dir <folder>', 'the data folder, in the place of SOJOURN_DATA_DIR')
    .option(
      '--config <file>',
      'a YAML file, in the place of SOJOURN_CONFIG; can be repeated',
      (file: string, before: readonly string[] = []) => [...before, file],
    )
    .option('--direct', 'open the store in the data folder, also while a service runs')
    .addHelpText('after', HELP)
    .showHelpAfterError('(sojourn --help tells more)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out(text), writeErr: (text) => io.err(text), getOutHelpWidth: () => io.columns ?? 100 })
  addServe(root, io)
  addSessions(root, io)
  addUsers(root, io)
  addConfig(root, io)
  addDoctor(root, io)
  addExport(root, io)
  addImport(root, io)
  addMigrate(root, io)
  addKeys(root, io)
  addPolicy(root, io)
  return root
}

function addServe(root: Command, io: Io): void {
  root
    .command('serve')
    .description('run the service until SIGTERM or SIGINT')
    .option('--host <address>', 'in the place of SOJOURN_HOST')
    .option('--port <number>', 'in the place of SOJOURN_PORT; 0 for any that is free')
    .action((_: unknown, command: Command) => serve(io, command.optsWithGlobals<ServeOptions>()))
}

function addSessions(root: Command, io: Io): void {
  const sessions = root.command('sessions').description('list, show and end sessions')
  sessions
    .command('list')
    .description('list sessions')
    .option('--user <id>', 'of this user')
    .option('--tenant <id>', 'of this tenant')
    .option('--role <role>', 'with this role')
    .addOption(new Option('--status <status>', 'in this state').choices(['active', 'ended', 'all']).default('active'))
    .option('--limit <number>', 'at most so many', wholeNumber, 50)
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ListOptions & GlobalOptions>()
      return withTarget(io, options, (target) => sessionsList(io, target, options))
    })
  sessions
    .command('show')
    .description('show all about one session')
    .argument('<id>', 'sid_…')
    .action((id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      return withTarget(io, options, (target) => sessionsShow(io, target, id, options))
    })
  withReason(sessions.command('revoke'))
    .description('end sessions for good')
    .argument('[id...]', 'sid_…')
    .option('--tenant <id>', 'all sessions of this tenant')
    .option('--all', 'all sessions of everybody')
    .action((ids: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<RevokeManyOptions & GlobalOptions>()
      const many = manyIn(options, ids)
      return withTarget(io, options, (target) =>
        many === undefined ? sessionsRevoke(io, target, ids, options) : sessionsRevokeMany(io, target, many, options),
      )
    })
}

function addUsers(root: Command, io: Io): void {
  const users = root.command('users').description('log users out')
  withReason(users.command('revoke'))
    .description('log a user out everywhere')
    .argument('<userId>')
    .action((userId: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<RevokeOptions & GlobalOptions>()
      return withTarget(io, options, (target) => usersRevoke(io, target, userId, options))
    })
}

function addConfig(root: Command, io: Io): void {
  root
    .command('config')
    .description('look at the configuration')
    .command('check')
    .description('tell everything that is wrong with the configuration')
    .argument('[files...]', 'YAML files, in the place of SOJOURN_CONFIG')
    .action((files: readonly string[], _: unknown, command: Command) => configCheck(io, files, command.optsWithGlobals<GlobalOptions>()))
}

function addDoctor(root: Command, io: Io): void {
  root
    .command('doctor')
    .description('look for what bites: permissions, keys, clock, store, port, cookies')
    .action((_: unknown, command: Command) => doctor(io, command.optsWithGlobals<GlobalOptions>()))
}

function addExport(root: Command, io: Io): void {
  root
    .command('export')
    .description('write all sessions as JSON lines; there are no tokens in them')
    .option('--output <file>', 'write to this file, which only its owner can read')
    .option('--rows', 'a backup: records as they are stored, sealed, for import')
    .option('--from <store>', `the store of --rows: ${STORE_NAMES}`)
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExportRowsOptions & { readonly rows?: boolean }>()
      if (options.rows === true) return exportStoredRows(io, options)
      if (options.from !== undefined)
        throw new CommandError(
          EXIT.usage,
          '--from is for --rows; sessions are exported from the service, or from the store in the data folder.',
        )
      return withTarget(io, options, (target) => exportSessions(io, target, options))
    })
}

function addImport(root: Command, io: Io): void {
  root
    .command('import')
    .description('put the records of `export --rows` into a store; what is newer there, or has ended, stays')
    .argument('<file>', 'what `export --rows` has written')
    .option('--to <store>', `the store: ${STORE_NAMES}`, 'config')
    .action((file: string, _: unknown, command: Command) => importStoredRows(io, file, command.optsWithGlobals<ImportRowsOptions>()))
}

function addMigrate(root: Command, io: Io): void {
  root
    .command('migrate')
    .description('bring all sessions into another store: a copy while no node runs, or a move while all nodes work on both')
    .option('--from <store>', `the old store: ${STORE_NAMES}`)
    .option('--to <store>', 'the new store, likewise')
    .option('--move', 'take the records out of the old store; every node has to use movingStore (docs/moving.md)')
    .option('--limit <number>', 'with --move: at most so many records', wholeNumber)
    .option('--count', 'with --move: count first, to show how much is left')
    .option('--yes', 'do not ask')
    .option('--print-sql', 'print the SQL that makes the tables of a Postgres store, and do nothing else')
    .option('--prefix <text>', 'with --print-sql: before the name of each table')
    .option('--schema <name>', 'with --print-sql: the schema of the tables')
    .action((_: unknown, command: Command) => migrate(io, command.optsWithGlobals<MigrateOptions>()))
}

function addKeys(root: Command, io: Io): void {
  const keys = root.command('keys').description('the keys that seal sessions and check tokens')
  addKeysKill(keys, io)
  keys
    .command('list')
    .description('list the keys and their states; never the keys themselves')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      return withTarget(io, options, (target) => keysList(io, target, options))
    })
  keys
    .command('rotate')
    .description('take new keys into use; nobody is logged out')
    .option('--reseal', 'seal all records again at once, and wait for it')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<RotateOptions & GlobalOptions>()
      return withTarget(io, options, (target) => keysRotate(io, target, options))
    })
}

function addPolicy(root: Command, io: Io): void {
  root
    .command('policy')
    .description('the rules that sessions follow')
    .command('print')
    .description('write the rules of the configuration as a document (SESSION-POLICY.md)')
    .action((_: unknown, command: Command) => policyPrint(io, command.optsWithGlobals<GlobalOptions>()))
}

function addKeysKill(keys: Command, io: Io): void {
  keys
    .command('kill')
    .description('refuse every token that a signing key has signed, at once and for good')
    .argument('<kid>', 'as `keys list` has it')
    .option('--yes', 'do not ask')
    .action((kid: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<KillOptions & GlobalOptions>()
      return withTarget(io, options, (target) => keysKill(io, target, kid, options))
    })
}

function withReason(command: Command): Command {
  return command.option('--reason <words>', 'why, for the record: lower-case words with dots', 'revoked').option('--yes', 'do not ask')
}

async function withTarget(io: Io, options: GlobalOptions, act: (target: Target) => Promise<void>): Promise<void> {
  const target = await openTarget(io, options)
  try {
    await act(target)
  } finally {
    await target.close()
  }
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < 1 || number > MOST_LISTED)
    throw new InvalidArgumentError(`It is a whole number from 1 to ${MOST_LISTED}.`)
  return number
}
