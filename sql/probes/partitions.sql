-- The tables that a spec names, each followed by all its partitions, of every level.
--
-- Parameters: schemas text[], tables text[], pairwise (a name may hold a dot).
-- Privilege: none; pg_relation_size and the statistics are readable by everybody.
-- Versions: 14 and newer. Run with timezone UTC, datestyle ISO and an empty search_path.
-- Locks: none is waited for. pg_get_expr locks the relation that it is given, so it is given
--   none (a bound holds no column); sizes of relations under ACCESS EXCLUSIVE, held or
--   waited for, are not asked. pg_partition_tree would lock every partition.
--
-- Columns
--   root_schema, root_table  the table of the spec, as given
--   level                    0 the table itself, 1 its partitions, 2 theirs ...
--   relation, parent         schema.name; relation is null: there is no such table
--   quoted                   the name as SQL
--   relkind                  r table, p partitioned, f foreign, v view, m materialized view ...
--   strategy                 r range, l list, h hash; null: not partitioned
--   key_columns              in order; null for an expression
--   key_types                as format_type writes them
--   bound                    FOR VALUES ..., DEFAULT
--   detaching                DETACH ... CONCURRENTLY is not finished
--   locked                   somebody holds or waits for ACCESS EXCLUSIVE
--   size_bytes               main fork; null if locked or not an ordinary heap table
--   untouched                never vacuumed nor analyzed (reltuples -1), whatever statistics say
--   last_vacuum, last_analyze  by hand or autovacuum; null: not since statistics were reset
--   readable                 this role may SELECT from it
--   row_security             row-level security hides rows from this role
--   asked_at                 the server's clock
--   in_recovery              a standby, whose maintenance is done elsewhere
--   counts                   track_counts, without which maintenance leaves no trace
--   statistics_since         the last known reset of statistics (a crash resets them too)
with recursive named as (
  select w.root_schema, w.root_table, c.oid, c.relkind
    from unnest(%(schemas)s::text[], %(tables)s::text[]) as w(root_schema, root_table)
    left join pg_catalog.pg_namespace n on n.nspname = w.root_schema
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.root_table
),
tree as (
  select root_schema, root_table, oid, relkind, null::oid as parent, false as detaching, 0 as level
    from named
   union all
  select t.root_schema, t.root_table, c.oid, c.relkind, i.inhparent, i.inhdetachpending, t.level + 1
    from tree t
    join pg_catalog.pg_inherits i on i.inhparent = t.oid
    join pg_catalog.pg_class c on c.oid = i.inhrelid
   where t.relkind = 'p'
),
locked as materialized (
  select distinct l.relation
    from pg_catalog.pg_locks l
   where l.locktype = 'relation'
     and l.mode = 'AccessExclusiveLock'
     and l.pid <> pg_catalog.pg_backend_pid()
     and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
),
seen as (
  select t.*, t.oid in (select relation from locked) as locked from tree t
)
select s.root_schema,
       s.root_table,
       s.level,
       n.nspname || '.' || c.relname               as relation,
       pn.nspname || '.' || pc.relname             as parent,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted,
       c.relkind::text                             as relkind,
       p.partstrat::text                           as strategy,
       k.key_columns,
       k.key_types,
       pg_catalog.pg_get_expr(c.relpartbound, 0)   as bound,
       s.detaching,
       coalesce(s.locked, false)                   as locked,
       case when c.relkind = 'r' and not s.locked and am.amname = 'heap'
            then pg_catalog.pg_relation_size(c.oid) end as size_bytes,
       c.reltuples = -1                            as untouched,
       greatest(pg_catalog.pg_stat_get_last_vacuum_time(c.oid),
                pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)) as last_vacuum,
       greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid),
                pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) as last_analyze,
       pg_catalog.has_schema_privilege(n.oid, 'usage')
         and pg_catalog.has_table_privilege(c.oid, 'select') as readable,
       c.relrowsecurity and pg_catalog.row_security_active(c.oid) as row_security,
       pg_catalog.statement_timestamp()            as asked_at,
       current_user::text                          as role,
       pg_catalog.pg_is_in_recovery()              as in_recovery,
       pg_catalog.current_setting('track_counts') = 'on' as counts,
       (select greatest(d.stats_reset, b.stats_reset)
          from pg_catalog.pg_stat_database d, pg_catalog.pg_stat_bgwriter b
         where d.datname = current_database())     as statistics_since
  from seen s
  left join pg_catalog.pg_class c on c.oid = s.oid
  left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_am am on am.oid = c.relam
  left join pg_catalog.pg_class pc on pc.oid = s.parent
  left join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
  left join pg_catalog.pg_partitioned_table p on p.partrelid = c.oid
  left join lateral (
         select array_agg(a.attname::text order by u.place) as key_columns,
                array_agg(pg_catalog.format_type(a.atttypid, null) order by u.place) as key_types
           from unnest(p.partattrs::int2[]) with ordinality as u(number, place)
           left join pg_catalog.pg_attribute a
             on a.attrelid = p.partrelid and a.attnum = u.number and u.number <> 0
       ) k on true
 order by s.root_schema, s.root_table, s.level, relation;
