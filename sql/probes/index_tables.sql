-- The tables that index requirements name: kind, locks, columns, recorded analyzes.
--
-- One row per name, also where there is no such table, in the order of the parameters; after them
--   one for each table that inherits from one of them and is not named itself.
-- Locks: none is waited for. Sizes of relations under ACCESS EXCLUSIVE, held or waited for, are
--   not asked; a lock that arrives in between ends at lock_timeout.
-- Privilege: none; pg_read_all_stats to see who builds an index, and for primary_since; SELECT on
--   a column to see whether it has statistics. Versions: 14 and newer.
-- Parameters: %(schemas)s and %(names)s, text[] in pairs: a name may hold a dot, and
--   to_regclass() needs USAGE.
--
-- Columns
--   schema_name, name        as given
--   named                    false: it is there for a table from which it inherits
--   heirs                    {schema, name} of the ordinary tables that inherit from it, of every
--                            level; none are partitions, which `storage` alone tells of
--   relkind                  null: there is no such relation
--   locked                   ACCESS EXCLUSIVE is held or waited for: to deparse would be to queue
--   building                 an index that no catalog row shows yet is being built; null: cannot
--                            be seen
--   columns                  names, and beside each: column_sources, a typed null for a row source;
--                            column_collations, schema.name or null; column_extensions, whether
--                            the type is a base type of an extension; column_grants, the schema of
--                            its type if this role has no USAGE on it, else null
--   storage                  {schema, name} of the relations that hold the rows (leaves, if
--                            partitioned; with its heirs, if it has any), and beside each:
--                            analyzed_at, last analyze of any kind, also of some columns alone,
--                            null if not since statistics were reset; changed_rows since then;
--                            untouched, neither vacuumed nor analyzed since it was created,
--                            whatever statistics say: reltuples is -1, and no TRUNCATE set it back
--                            to that; size_bytes of the main fork, null if locked or not heap;
--                            hidden_columns, whose statistics this role may not see; and
--                            bare_columns, without statistics though others of it have some
--   hidden_schemas           schemas without USAGE for this role; in the first row alone
--   asked_at                 the server's clock; and as it was at that moment:
--   role                     the role that asks
--   in_recovery              a standby, whose maintenance is done elsewhere
--   counts                   track_counts, without which maintenance leaves no trace
--   statistics_since         last reset of the statistics. The bgwriter's tells of a crash, too,
--                            and of a new cluster; the database's is null until the first reset
--   primary_since            start or promotion of this primary: its walwriter's. null: a standby,
--                            or no pg_read_all_stats
with recursive given as (
  select w.schema_name, w.name, w.position, c.oid as relid, c.relkind
    from rows from (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[]))
         with ordinality as w(schema_name, name, position)
    left join pg_catalog.pg_namespace n on n.nspname = w.schema_name
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
),
family(relid) as (
  select g.relid
    from given g
   where g.relkind = 'r'
   union
  select c.oid
    from family f
    join pg_catalog.pg_inherits h on h.inhparent = f.relid
    join pg_catalog.pg_class c on c.oid = h.inhrelid
   where c.relkind = 'r' and c.relpersistence <> 't'
),
wanted as materialized (
  select g.schema_name, g.name, g.position, g.relid, g.relkind
    from given g
   union all
  select n.nspname::text, c.relname::text, null, c.oid, c.relkind
    from family f
    join pg_catalog.pg_class c on c.oid = f.relid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where not exists (select from given g where g.relid = f.relid)
),
tree(root, relid) as (
  select w.relid, w.relid
    from wanted w
   where w.relkind in ('r', 'm', 'p')
   union
  select t.root, c.oid
    from tree t
    join pg_catalog.pg_inherits h on h.inhparent = t.relid and not h.inhdetachpending
    join pg_catalog.pg_class c on c.oid = h.inhrelid
   where c.relpersistence <> 't' or c.relispartition
),
analyzed as materialized (
  select distinct s.schemaname, s.tablename, s.attname
    from pg_catalog.pg_stats s
   where (s.schemaname, s.tablename) in (
     select n.nspname, c.relname
       from tree t
       join pg_catalog.pg_class c on c.oid = t.relid
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace)
),
column_seen as materialized (
  select c.oid as relid, n.nspname, c.relname, a.attname, a.attnum,
         pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')
           and not pg_catalog.row_security_active(c.oid) as seen
    from (select distinct t.relid from tree t) t
    join pg_catalog.pg_class c on c.oid = t.relid and c.relkind in ('r', 'm')
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type y on y.oid = a.atttypid
   where a.attstattarget is distinct from 0 and a.attgenerated <> 'v'
     and y.typanalyze::oid < 16384  -- that of an extension may leave no statistics
),
column_statistics as materialized (
  select k.relid,
         pg_catalog.array_agg(k.attname::text order by k.attnum)
           filter (where not k.seen) as hidden_columns,
         case when pg_catalog.count(x.attname) > 0
              then pg_catalog.array_agg(k.attname::text order by k.attnum)
                     filter (where k.seen and x.attname is null) end as bare_columns
    from column_seen k
    left join analyzed x
      on x.schemaname = k.nspname and x.tablename = k.relname and x.attname = k.attname
   group by k.relid
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
builds as materialized (
  select p.relid, p.index_relid
    from pg_catalog.pg_stat_progress_create_index p
   where p.datname = pg_catalog.current_database()
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
       w.position is not null as named,
       r.heirs,
       w.relkind::text as relkind,
       w.relid in (select l.relation from locked l) as locked,
       case
         when exists (select from builds b
                       where b.relid = w.relid
                         and not exists (select from pg_catalog.pg_index i
                                          where i.indexrelid = b.index_relid)) then true
         when exists (select from builds b where b.relid is null) then null
         else false
       end as building,
       c.columns,
       c.column_sources,
       c.column_collations,
       c.column_extensions,
       c.column_grants,
       r.storage,
       r.analyzed_at,
       r.changed_rows,
       r.untouched,
       r.size_bytes,
       r.hidden_columns,
       r.bare_columns,
       case when w.position = 1
            then (select pg_catalog.array_agg(n.nspname::text order by n.nspname)
                    from pg_catalog.pg_namespace n
                   where not pg_catalog.has_schema_privilege(n.oid, 'usage')
                     and n.nspname !~ '^pg_(toast|temp)') end as hidden_schemas,
       s.asked_at,
       s.role,
       s.in_recovery,
       s.counts,
       s.statistics_since,
       s.primary_since
  from wanted w
 cross join server s
 cross join lateral (
    select pg_catalog.array_agg(a.attname::text order by a.attnum) as columns,
           pg_catalog.array_agg(
             pg_catalog.format(
               'null::%%s%%s as %%I',
               pg_catalog.format_type(a.atttypid, a.atttypmod),
               case when a.attcollation <> y.typcollation
                    then pg_catalog.format(' collate %%I.%%I', cn.nspname, co.collname) end,
               a.attname)
             order by a.attnum) as column_sources,
           pg_catalog.array_agg((cn.nspname || '.' || co.collname)::text order by a.attnum)
             as column_collations,
           pg_catalog.array_agg(y.typtype = 'b' and yn.nspname <> 'pg_catalog' order by a.attnum)
             as column_extensions,
           pg_catalog.array_agg(
             case when not pg_catalog.has_schema_privilege(yn.oid, 'usage')
                  then yn.nspname::text end
             order by a.attnum) as column_grants
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type y on y.oid = a.atttypid
      join pg_catalog.pg_namespace yn on yn.oid = y.typnamespace
      left join pg_catalog.pg_collation co on co.oid = a.attcollation
      left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
     where a.attrelid = w.relid and a.attnum > 0 and not a.attisdropped
  ) c
 cross join lateral (
    select pg_catalog.array_agg(array[n.nspname::text, c.relname::text] order by c.oid) as storage,
           pg_catalog.array_agg(array[n.nspname::text, c.relname::text] order by c.oid)
             filter (where w.relkind = 'r' and c.oid <> w.relid) as heirs,
           pg_catalog.jsonb_agg(coalesce(o.hidden_columns, '{}') order by c.oid) as hidden_columns,
           pg_catalog.jsonb_agg(coalesce(o.bare_columns, '{}') order by c.oid) as bare_columns,
           pg_catalog.array_agg(
             greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid),
                      pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid))
             order by c.oid) as analyzed_at,
           pg_catalog.array_agg(pg_catalog.pg_stat_get_mod_since_analyze(c.oid) order by c.oid)
             as changed_rows,
           pg_catalog.array_agg(c.reltuples = -1 and c.relfilenode = c.oid order by c.oid)
             as untouched,
           pg_catalog.array_agg(
             case when am.amname = 'heap' and c.oid not in (select l.relation from locked l)
                  then pg_catalog.pg_relation_size(c.oid) end
             order by c.oid) as size_bytes
      from tree t
      join pg_catalog.pg_class c on c.oid = t.relid and c.relkind in ('r', 'm')
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_am am on am.oid = c.relam
      left join column_statistics o on o.relid = c.oid
     where t.root = w.relid
  ) r
 order by w.position, w.schema_name, w.name;
