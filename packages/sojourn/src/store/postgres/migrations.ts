import { messageSchema } from './message-schema.js'
import { type PostgresNames, postgresNames } from './names.js'

/** One step of the schema. A step that was released is never changed. */
export interface PostgresMigration {
  readonly version: number
  readonly name: string
  /** What it does, in several statements, to be run in one transaction; the last one records that it was done. */
  readonly sql: string
}

/**
 * The steps that make the schema, oldest first, for an administrator who runs them by hand because the application's role
 * may not create tables: each in a transaction of its own, then `migrate: 'check'` in the application. The role needs
 * `usage` on the schema, `select` on the table of migrations, and `select, insert, update, delete` on the others.
 */
export function postgresMigrations(prefix = '', schema = 'public'): readonly PostgresMigration[] {
  const names = postgresNames(prefix, schema)
  return [
    step(1, 'rows and the verbs that write them', firstSchema(names), names),
    step(2, 'what nodes say to each other', messageSchema(names, BEFORE_WRITING), names),
  ]
}

/** The version that this release works with. */
export const POSTGRES_SCHEMA_VERSION = 2

const step = (version: number, name: string, sql: string, names: PostgresNames): PostgresMigration => ({
  version,
  name,
  sql: `${sql.trim()}\n\ninsert into ${names.migrations} (version, name) values (${version}, '${name}');\n`,
})

const firstSchema = (names: PostgresNames): string =>
  [tables(names), insertFunction(names), replaceFunction(names), removeFunction(names)].join('\n')

/**
 * Text is compared by its bytes ("C"), which for our ids is code-unit order. `data` is sealed, so compressing it gains
 * nothing. The room that is left in each page lets a replacement that does not move its expiry stay beside its row (HOT),
 * and a row is dead at each replacement, so it is vacuumed sooner than others.
 */
const tables = ({ schemaName, schema, rows, migrations, local }: PostgresNames): string => `
do $$
begin
  if not exists (select from pg_namespace where nspname = '${schemaName}') then
    create schema ${schema};
  end if;
end
$$;

create table if not exists ${migrations} (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);

create table ${rows} (
  id text collate "C" not null,
  owner text collate "C",
  version bigint not null,
  created_at bigint not null,
  expires_at bigint not null,
  data bytea not null,
  constraint ${local('rows_id')} primary key (id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);

alter table ${rows} alter column data set storage external;
create index ${local('rows_owner')} on ${rows} (owner, created_at, id) where owner is not null;
create index ${local('rows_expiry')} on ${rows} (expires_at, id);
`

/**
 * Every function that writes begins with this. A commit must not be answered before it is on the disk, and on the
 * synchronous standbys if there are any, whatever the role or the database say; `remote_apply` is more than `on` and stays.
 * Who waits for a lock longer than the caller does must not get it afterwards.
 */
const BEFORE_WRITING = `
  if current_setting('synchronous_commit') not in ('on', 'remote_apply') then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  perform set_config('lock_timeout', p_patience::text, true);`

/** Tells the locks of owners from those that other programs take on the same database. */
const OWNER_LOCK = 6_006_914_710

/**
 * Two insertions at once do not see each other's row, and both would answer a count that lacks the other: with a limit of
 * N, nobody would end anything and N + 1 would stay. So the insertions of one owner wait for each other, and the count is
 * a statement after the lock, which sees everything committed until then. At \`repeatable read\` it would not.
 */
const insertFunction = ({ rows, full }: PostgresNames): string => `
create function ${full('insert')}(
  p_id text, p_owner text, p_version bigint, p_created_at bigint, p_expires_at bigint, p_data bytea, p_patience integer
) returns bigint language plpgsql volatile as $$
declare
  owned bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'Sojourn counts rows at the isolation level read committed only' using errcode = '25000';
  end if;${BEFORE_WRITING}
  if p_owner is not null then
    perform pg_advisory_xact_lock(hashtextextended(p_owner, ${OWNER_LOCK}));
  end if;
  insert into ${rows} (id, owner, version, created_at, expires_at, data)
    values (p_id, p_owner, p_version, p_created_at, p_expires_at, p_data)
    on conflict (id) do nothing;
  if not found then
    return 0;
  end if;
  if p_owner is null then
    return 1;
  end if;
  select count(*) into owned from ${rows} where owner = p_owner;
  return owned;
end
$$;
`

const replaceFunction = ({ rows, full }: PostgresNames): string => `
create function ${full('replace')}(
  p_id text, p_owner text, p_version bigint, p_expires_at bigint, p_data bytea, p_patience integer
) returns boolean language plpgsql volatile as $$
begin${BEFORE_WRITING}
  update ${rows}
    set owner = p_owner, version = p_version, expires_at = p_expires_at, data = p_data
    where id = p_id and version = p_version - 1;
  return found;
end
$$;
`

const removeFunction = ({ rows, full }: PostgresNames): string => `
create function ${full('remove')}(p_id text, p_version bigint, p_patience integer)
returns setof ${rows} language plpgsql volatile as $$
begin${BEFORE_WRITING}
  return query
    delete from ${rows} as gone
    where gone.id = p_id and (p_version is null or gone.version = p_version)
    returning gone.*;
end
$$;
`
