-- The materialized views that a spec names: state, indexes, the bound of their last refresh.
--
-- One row per name, in the order of the parameters. Takes no lock on any of them.
-- Privilege: none; pg_read_all_stats for primary_since. Versions: 14 and newer.
-- Parameters: %(schemas)s and %(names)s, text[] in pairs: a name may hold a dot.
--
-- Columns
--   schema_name, name        as given
--   relkind                  m for a materialized view; null: there is no such relation
--   populated                false: every query on it fails
--   unique_indexes           indexes that REFRESH ... CONCURRENTLY can use: valid, unique,
--                            immediate, on plain columns, not partial
--   locked                   somebody holds or waits for ACCESS EXCLUSIVE
--   not_after                commit of the transaction that last wrote the catalog row: every
--                            REFRESH does, and so do GRANT, ALTER and VACUUM FULL; so the last
--                            refresh was then or before. null: not tracked, or too long ago
--   readable                 this role may SELECT from it (row-level security does not apply)
--   tracked                  track_commit_timestamp; without it the function raises
--   asked_at                 the server's clock; and as it was at that moment:
--   role                     the role that asks
--   in_recovery              a standby, whose maintenance is done elsewhere
--   counts                   track_counts, without which maintenance leaves no trace
--   statistics_since         last reset of the statistics. The bgwriter's tells of a crash, too,
--                            and of a new cluster; the database's is null until the first reset
--   primary_since            start or promotion of this primary: its walwriter's. null: a standby,
--                            or no pg_read_all_stats
with wanted as (
  select w.schema_name, w.name, w.position, n.oid as namespace, c.oid as relid
    from rows from (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[]))
         with ordinality as w(schema_name, name, position)
    left join pg_catalog.pg_namespace n on n.nspname = w.schema_name
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
),
locked as materialized (
  select distinct l.relation
    from pg_catalog.pg_locks l
   where l.locktype = 'relation'
     and l.mode = 'AccessExclusiveLock'
     and l.pid <> pg_catalog.pg_backend_pid()
     and l.database = (select d.oid
                         from pg_catalog.pg_database d
                        where d.datname = pg_catalog.current_database())
),
setting as materialized (
  select pg_catalog.current_setting('track_commit_timestamp') = 'on' as tracked
),
server as materialized (
  select pg_catalog.statement_timestamp() as asked_at,
         current_user::text as role,
         pg_catalog.pg_is_in_recovery() as in_recovery,
         pg_catalog.current_setting('track_counts') = 'on' as counts,
         (select greatest(d.stats_reset, b.stats_reset)
            from pg_catalog.pg_stat_database d
           cross join pg_catalog.pg_stat_bgwriter b
           where d.datname = pg_catalog.current_database()) as statistics_since,
         (select pg_catalog.min(a.backend_start)
            from pg_catalog.pg_stat_activity a
           where a.backend_type = 'walwriter') as primary_since
)
select w.schema_name,
       w.name,
       c.relkind::text as relkind,
       c.relispopulated as populated,
       (select coalesce(pg_catalog.array_agg(x.relname::text order by x.relname), '{}')
          from pg_catalog.pg_index i
          join pg_catalog.pg_class x on x.oid = i.indexrelid
         where i.indrelid = w.relid
           and i.indisunique and i.indisvalid and i.indimmediate
           and i.indpred is null and i.indexprs is null) as unique_indexes,
       w.relid in (select l.relation from locked l) as locked,
       case when g.tracked
            then pg_catalog.pg_xact_commit_timestamp(c.xmin) end as not_after,
       pg_catalog.has_schema_privilege(w.namespace, 'usage')
         and pg_catalog.has_table_privilege(w.relid, 'select') as readable,
       g.tracked,
       s.asked_at,
       s.role,
       s.in_recovery,
       s.counts,
       s.statistics_since,
       s.primary_since
  from wanted w
 cross join setting g
 cross join server s
  left join pg_catalog.pg_class c on c.oid = w.relid
 order by w.position;
