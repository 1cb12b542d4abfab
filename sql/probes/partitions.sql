-- The tables that a spec names, each followed by all its partitions, of every level.
--
-- One row for each table and partition; the tables are in the order of the parameters.
-- Locks: none is waited for. pg_get_expr locks the relation that it is given, so it is given
--   none (a bound holds no column); sizes of relations under ACCESS EXCLUSIVE, held or
--   waited for, are not asked. pg_partition_tree would lock every partition.
-- Privilege: none; pg_read_all_stats for primary_since. Versions: 14 and newer.
-- Run with timezone UTC, datestyle ISO and an empty search_path.
-- Parameters: %(schemas)s and %(names)s, text[] in pairs: a name may hold a dot.
--
-- Columns
--   root_schema, root_name   the table of the spec, as given
--   level                    0 the table itself, 1 its partitions, 2 theirs ...
--   schema_name, name        of the relation; of a table of the spec as given
--   parent_schema, parent_name  of the table that it is a partition of; null at level 0
--   relkind                  r table, p partitioned, f foreign, v view, m materialized view ...;
--                            null: there is no such table
--   strategy                 r range, l list, h hash; null: not partitioned
--   key_columns              in order; null for an expression
--   key_types                as format_type writes them
--   bound                    FOR VALUES ..., DEFAULT
--   detaching                DETACH ... CONCURRENTLY is not finished
--   locked                   somebody holds or waits for ACCESS EXCLUSIVE
--   size_bytes               main fork; null if locked or not an ordinary heap table
--   untouched                neither vacuumed nor analyzed since it was created, whatever
--                            statistics say: reltuples is -1, and no TRUNCATE set it back to that
--   last_vacuum, last_analyze  by hand or autovacuum; null: not since statistics were reset
--   readable                 this role may SELECT from it
--   row_security             row-level security hides rows from this role
--   asked_at                 the server's clock; and as it was at that moment:
--   role                     the role that asks
--   in_recovery              a standby, whose maintenance is done elsewhere
--   counts                   track_counts, without which maintenance leaves no trace
--   statistics_since         last reset of the statistics. The bgwriter's tells of a crash, too,
--                            and of a new cluster; the database's is null until the first reset
--   primary_since            start or promotion of this primary: its walwriter's. null: a standby,
--                            or no pg_read_all_stats
with recursive wanted as (
  select w.schema_name, w.name, w.position, c.oid as relid, c.relkind
    from rows from (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[]))
         with ordinality as w(schema_name, name, position)
    left join pg_catalog.pg_namespace n on n.nspname = w.schema_name
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
),
tree(position, relid, relkind, parent, detaching, level) as (
  select w.position, w.relid, w.relkind, null::oid, false, 0
    from wanted w
   union all
  select t.position, c.oid, c.relkind, h.inhparent, h.inhdetachpending, t.level + 1
    from tree t
    join pg_catalog.pg_inherits h on h.inhparent = t.relid
    join pg_catalog.pg_class c on c.oid = h.inhrelid
   where t.relkind = 'p'
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
seen as (
  select t.position, t.relid, t.parent, t.detaching, t.level,
         coalesce(t.relid in (select l.relation from locked l), false) as locked
    from tree t
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
select w.schema_name as root_schema,
       w.name as root_name,
       t.level,
       coalesce(n.nspname::text, w.schema_name) as schema_name,
       coalesce(c.relname::text, w.name) as name,
       pn.nspname::text as parent_schema,
       pc.relname::text as parent_name,
       c.relkind::text as relkind,
       p.partstrat::text as strategy,
       k.key_columns,
       k.key_types,
       pg_catalog.pg_get_expr(c.relpartbound, 0) as bound,
       t.detaching,
       t.locked,
       case when c.relkind = 'r' and not t.locked and am.amname = 'heap'
            then pg_catalog.pg_relation_size(c.oid) end as size_bytes,
       c.reltuples = -1 and c.relfilenode = c.oid as untouched,
       greatest(pg_catalog.pg_stat_get_last_vacuum_time(c.oid),
                pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)) as last_vacuum,
       greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid),
                pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) as last_analyze,
       pg_catalog.has_schema_privilege(n.oid, 'usage')
         and pg_catalog.has_table_privilege(c.oid, 'select') as readable,
       c.relrowsecurity and pg_catalog.row_security_active(c.oid) as row_security,
       s.asked_at,
       s.role,
       s.in_recovery,
       s.counts,
       s.statistics_since,
       s.primary_since
  from seen t
  join wanted w on w.position = t.position
 cross join server s
  left join pg_catalog.pg_class c on c.oid = t.relid
  left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_am am on am.oid = c.relam
  left join pg_catalog.pg_class pc on pc.oid = t.parent
  left join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
  left join pg_catalog.pg_partitioned_table p on p.partrelid = c.oid
  left join lateral (
    select pg_catalog.array_agg(a.attname::text order by u.position) as key_columns,
           pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, null)
                                order by u.position) as key_types
      from pg_catalog.unnest(p.partattrs::int2[]) with ordinality as u(attnum, position)
      left join pg_catalog.pg_attribute a
        on a.attrelid = p.partrelid and a.attnum = u.attnum and u.attnum <> 0
  ) k on true
 order by w.position, t.level, schema_name, name;
