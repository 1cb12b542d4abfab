-- What the worker needs to keep the database in shape: the log of its runs, from which it also
-- reads what is due, and the removal of months that are past their retention.

-- outcome: running, done, failed, or interrupted (the worker ended during the run).
create table maintenance_runs (
    id          bigint      generated always as identity primary key,
    task        text        not null,
    subject     text        not null,
    started_at  timestamptz not null,
    finished_at timestamptz,
    outcome     text        not null default 'running',
    detail      text        not null default ''
);

create index on maintenance_runs (task, subject, started_at desc);

-- Drops the partitions that end before the oldest of the `keep` months before the current one, and
-- returns their names. Bounds decide, not names. Without CONCURRENTLY, which a table with a default
-- partition does not allow: set a lock_timeout.
create function drop_month_partitions(parent text, keep integer, moment timestamptz default now())
returns text[]
language plpgsql
set search_path = public, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO'
as $$
declare
    oldest_kept constant timestamptz := date_trunc('month', moment, 'UTC') - make_interval(months => keep);
    partition text;
    dropped   text[] := '{}';
begin
    if keep is null or keep < 1 then
        raise exception 'at least one month must be kept, not %', keep;
    end if;
    for partition in
        select c.relname
          from pg_inherits i
          join pg_class c on c.oid = i.inhrelid
         where i.inhparent = parent::regclass
           and substring(pg_get_expr(c.relpartbound, c.oid) from $re$ TO \('([^']+)'\)$re$)::timestamptz
               <= oldest_kept
         order by c.relname
    loop
        execute format('drop table %I', partition);
        dropped := dropped || partition;
    end loop;
    return dropped;
end
$$;

-- The load has just done all of it, so the worker's first runs come one period later.
insert into maintenance_runs (task, subject, started_at, finished_at, outcome, detail)
select task, subject, now(), now(), 'done', 'by the load'
  from (select 'refresh' as task, matviewname as subject from pg_matviews where schemaname = 'public'
         union all
        select task, c.relname
          from pg_class c
         cross join (values ('create_partitions'), ('drop_partitions')) as t (task)
         where c.relkind = 'p' and c.relnamespace = 'public'::regnamespace
         union all
        select 'vacuum', c.relname
          from pg_class c
         where c.relkind in ('r', 'p') and not c.relispartition
           and c.relnamespace = 'public'::regnamespace
         union all
        select 'prune', 'maintenance_runs') as loaded
 order by task, subject;
