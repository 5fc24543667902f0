import type { PostgresNames } from './names.js'

/** Of a message that every listener must have heard before it is deleted: twice as long as a listener may fall behind. */
export const KEEP_MESSAGES = 60_000

const NOW = '(floor(extract(epoch from clock_timestamp()) * 1000))::bigint'

/**
 * The second step of the schema: what nodes say to each other (decision 0021).
 *
 * A message stands under the number of the transaction that sent it, one a transaction, and is found by comparing
 * snapshots. Numbers from a sequence would be given in another order than that of the commits, and a reader that has
 * seen 8 would never look for a 7 that is committed later.
 */
export const messageSchema = (names: PostgresNames, beforeWriting: string): string =>
  [
    messageTables(names),
    placeFunctions(names),
    replaceFunction(names, beforeWriting),
    removeFunction(names, beforeWriting),
    registerFunction(names, beforeWriting),
    callFunction(names),
    sendFunctions(names),
    trimFunction(names),
  ].join('\n')

/**
 * The register of members has one row of its own: where it was written, since when that place takes writes, and since when
 * there is a register. This step makes the first one, and before it there can have been no members anywhere.
 */
const messageTables = ({ full }: PostgresNames): string => `
create table ${full('messages')} (
  txid xid8 primary key default pg_current_xact_id(),
  is_change boolean not null,
  payload text collate "C" not null
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);

create table ${full('nodes')} (
  node text collate "C" primary key,
  until bigint not null
) with (fillfactor = 50, autovacuum_vacuum_threshold = 200);

create table ${full('register')} (
  is_only boolean primary key default true check (is_only),
  place text not null,
  since bigint not null,
  born bigint not null,
  emptied bigint not null default 0,
  trimmed pg_snapshot,
  trimmed_at bigint
) with (fillfactor = 50);
`

/** What those who keep rows in memory compare: also another one when somebody has emptied the register or the table of rows. */
const NAME = `concat_ws(':', place, born, emptied)`

/**
 * The place has another name whenever what it knew before may be lost: another database system, another time line (a
 * standby that was promoted, a backup that was played in), another start. A server on the first time line has never been a
 * standby that took over, so while the register is missing there it has taken the writes since it was started.
 */
const placeFunctions = ({ rows, full, local }: PostgresNames): string => `
create function ${full('place')}() returns text language sql volatile as $$
  select case when pg_is_in_recovery() then null else concat_ws(':',
    (select system_identifier from pg_control_system()),
    substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
    (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint) end
$$;

create function ${full('begin')}(out o_place text, out o_since bigint, out o_born bigint, out o_name text) language plpgsql volatile as $$
declare
  here text := ${full('place')}();
begin
  select place, since, born, ${NAME} into o_place, o_since, o_born, o_name from ${full('register')};
  if o_place = here then
    return;
  end if;
  insert into ${full('register')} as known (place, since, born)
    values (
      here,
      case when split_part(here, ':', 2) = '00000001' then split_part(here, ':', 3)::bigint / 1000 else ${NOW} end,
      ${NOW}
    )
    on conflict (is_only) do update set place = here, since = ${NOW} where known.place <> here;
  select place, since, born, ${NAME} into o_place, o_since, o_born, o_name from ${full('register')};
end
$$;

create function ${full('emptied')}() returns trigger language plpgsql as $$
begin
  update ${full('register')} set emptied = emptied + 1;
  return null;
end
$$;
create trigger ${local('emptied')} after truncate on ${rows} for each statement execute function ${full('emptied')}();

insert into ${full('register')} (place, since, born) values (${full('place')}(), 0, 0);
`

const replaceFunction = ({ rows, full }: PostgresNames, beforeWriting: string): string => `
drop function ${full('replace')}(text, text, bigint, bigint, bytea, integer);
create function ${full('replace')}(
  p_id text, p_owner text, p_version bigint, p_expires_at bigint, p_data bytea, p_message text, p_patience integer
) returns boolean language plpgsql volatile as $$
begin${beforeWriting}
  update ${rows}
    set owner = p_owner, version = p_version, expires_at = p_expires_at, data = p_data
    where id = p_id and version = p_version - 1;
  if not found then
    return false;
  end if;
  if p_message is not null then
    insert into ${full('messages')} (is_change, payload) values (true, p_message);
  end if;
  return true;
end
$$;
`

const removeFunction = ({ rows, full }: PostgresNames, beforeWriting: string): string => `
drop function ${full('remove')}(text, bigint, integer);
create function ${full('remove')}(p_id text, p_version bigint, p_message text, p_patience integer)
returns setof ${rows} language plpgsql volatile as $$
begin${beforeWriting}
  return query
    delete from ${rows} as gone
    where gone.id = p_id and (p_version is null or gone.version = p_version)
    returning gone.*;
  if found and p_message is not null then
    insert into ${full('messages')} (is_change, payload) values (true, p_message);
  end if;
end
$$;
`

/** No NOTIFY here: it makes one commit wait for the other, through the flush to the disk. Whoever registers looks for the message itself. */
const registerFunction = ({ full }: PostgresNames, beforeWriting: string): string => `
create function ${full('register')}(p_node text, p_life bigint, p_message text, p_patience integer)
returns text language plpgsql volatile as $$
declare
  known record;
begin${beforeWriting}
  select * into known from ${full('begin')}();
  insert into ${full('nodes')} as member (node, until) values (p_node, ${NOW} + p_life)
    on conflict (node) do update set until = excluded.until;
  insert into ${full('messages')} (is_change, payload) values (false, p_message);
  return known.o_name;
end
$$;
`

/** What is lost with a crash of the server need not be waited for: a question is asked again, and an answer waited out. */
const NOT_WAITING = `
  perform set_config('synchronous_commit', 'off', true);`

const callFunction = ({ full, local }: PostgresNames): string => `
create function ${full('call')}(p_message text, out o_serves bigint, out o_age bigint, out o_node text, out o_left bigint)
returns setof record language plpgsql volatile as $$
declare
  known record;
begin${NOT_WAITING}
  select * into known from ${full('begin')}();
  insert into ${full('messages')} (is_change, payload) values (false, p_message);
  perform pg_notify('${local('wake')}', '');
  return query
    select here.now - known.o_since, here.now - known.o_born, member.node, member.until - here.now
    from (select ${NOW} as now) as here left join ${full('nodes')} as member on member.until > here.now;
end
$$;
`

const sendFunctions = ({ full, local }: PostgresNames): string => `
create function ${full('send')}(p_message text) returns void language plpgsql volatile as $$
begin${NOT_WAITING}
  insert into ${full('messages')} (is_change, payload) values (false, p_message);
  perform pg_notify('${local('wake')}', '');
end
$$;

create function ${full('wake')}() returns void language plpgsql volatile as $$
begin${NOT_WAITING}
  perform pg_notify('${local('wake')}', '');
end
$$;

create function ${full('leave')}(p_node text) returns void language plpgsql volatile as $$
begin${NOT_WAITING}
  delete from ${full('nodes')} where node = p_node;
end
$$;
`

/**
 * Deletes messages that everybody could see a minute ago, and answers whether there may be more of them. Not by when they
 * were written: a commit that waited for its standby shows an old message for the first time. Messages with numbers that
 * this server has not given yet came with a backup of another one.
 */
const trimFunction = ({ full }: PostgresNames): string => `
create function ${full('trim')}(p_most integer) returns boolean language plpgsql volatile as $$
declare
  known record;
  gone bigint := 0;
begin${NOT_WAITING}
  if not pg_try_advisory_xact_lock(hashtextextended('${full('trim')}', 0)) then
    return false;
  end if;
  select trimmed, trimmed_at into known from ${full('register')};
  if ${NOW} - known.trimmed_at < ${KEEP_MESSAGES} then
    return false;
  end if;
  if known.trimmed is not null then
    delete from ${full('messages')} where txid in (
      select txid from ${full('messages')}
      where txid < pg_snapshot_xmax(known.trimmed) and pg_visible_in_snapshot(txid, known.trimmed)
      order by txid limit p_most
    );
    get diagnostics gone = row_count;
  end if;
  if gone = p_most then
    return true;
  end if;
  delete from ${full('messages')} where txid >= pg_snapshot_xmax(pg_current_snapshot());
  delete from ${full('nodes')} where until < ${NOW} - ${KEEP_MESSAGES};
  update ${full('register')} set trimmed_at = ${NOW}, trimmed = pg_current_snapshot();
  return false;
end
$$;
`
