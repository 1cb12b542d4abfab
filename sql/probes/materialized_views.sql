-- The materialized views that a spec names: state, indexes, the bound of their last refresh.
--
-- Parameters: schemas text[], names text[], pairwise (a name may hold a dot).
-- Privilege: none. Versions: 14 and newer. Takes no lock on any of them.
--
-- Columns
--   schema_name, view_name   as given
--   quoted                   the name as SQL; null: there is no such relation
--   relkind                  m for a materialized view
--   populated                false: every query on it fails
--   unique_indexes           indexes that REFRESH ... CONCURRENTLY can use: valid, unique,
--                            immediate, on plain columns, not partial
--   locked                   somebody holds or waits for ACCESS EXCLUSIVE
--   not_after                commit of the transaction that last wrote the catalog row: every
--                            REFRESH does, and so do GRANT, ALTER and VACUUM FULL; so the last
--                            refresh was then or before. null: not tracked, or too long ago
--   readable                 this role may SELECT from it (row-level security does not apply)
--   tracked                  track_commit_timestamp; without it the function raises
--   asked_at                 the server's clock
--   role                     the role that asks
with locked as materialized (
  select distinct l.relation
    from pg_catalog.pg_locks l
   where l.locktype = 'relation'
     and l.mode = 'AccessExclusiveLock'
     and l.pid <> pg_catalog.pg_backend_pid()
     and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
),
setting as materialized (
  select pg_catalog.current_setting('track_commit_timestamp') = 'on' as tracked
)
select w.schema_name,
       w.view_name,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted,
       c.relkind::text                                    as relkind,
       c.relispopulated                                   as populated,
       (select coalesce(array_agg(x.relname::text order by x.relname), '{}')
          from pg_catalog.pg_index i
          join pg_catalog.pg_class x on x.oid = i.indexrelid
         where i.indrelid = c.oid
           and i.indisunique and i.indisvalid and i.indimmediate
           and i.indpred is null and i.indexprs is null)  as unique_indexes,
       c.oid in (select relation from locked)             as locked,
       case when s.tracked then pg_catalog.pg_xact_commit_timestamp(c.xmin) end as not_after,
       pg_catalog.has_schema_privilege(n.oid, 'usage')
         and pg_catalog.has_table_privilege(c.oid, 'select') as readable,
       s.tracked,
       pg_catalog.clock_timestamp()                       as asked_at,
       current_user::text                                 as role
  from unnest(%(schemas)s::text[], %(names)s::text[]) as w(schema_name, view_name)
 cross join setting s
  left join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.view_name
 order by w.schema_name, w.view_name;
