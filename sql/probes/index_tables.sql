-- The tables that index requirements name: kind, locks, columns, recorded analyzes.
--
-- One row per named table, also where it does not exist (kind is null). Takes no lock on any of
-- them, and turns constraint_exclusion on until the transaction ends: the prover needs it.
-- Privilege: none; pg_read_all_stats to see who builds an index. Versions: 14 to 18.
-- Parameters: %(schemas)s and %(tables)s, text[] in pairs: splitting a dotted text would break
--   on names with dots, and to_regclass() needs USAGE.
--
-- Columns
--   kind             pg_class.relkind
--   locked           ACCESS EXCLUSIVE is held or waited for: to deparse would be to queue
--   building         an index that no catalog row shows yet is being built; null: cannot be seen
--   columns          names, and beside each: column_sources, a typed null for a row source;
--                    column_collations, schema.name or null; column_extensions, whether the type
--                    is a base type of an extension; column_grants, the schema of its type if
--                    this role has no USAGE on it, else null
--   storage          the relations that hold the rows (leaves, if partitioned), and beside each:
--                    analyzed_at, last analyze of any kind; changed_rows since then; live_rows
--   hidden_schemas   schemas without USAGE for this role; in the first row alone
with recursive wanted as (
    select w.schema_name, w.table_name, w.position, c.oid as relid, c.relkind
      from unnest(%(schemas)s::text[], %(tables)s::text[])
           with ordinality as w(schema_name, table_name, position)
      left join pg_catalog.pg_namespace n on n.nspname = w.schema_name
      left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.table_name
),
tree(root, relid) as (
    select relid, relid from wanted where relkind in ('r', 'm', 'p')
    union all
    select t.root, h.inhrelid
      from tree t
      join pg_catalog.pg_class p on p.oid = t.relid and p.relkind = 'p'
      join pg_catalog.pg_inherits h on h.inhparent = t.relid and not h.inhdetachpending
),
locked as materialized (
    select distinct l.relation
      from pg_catalog.pg_locks l
     where l.locktype = 'relation'
       and l.mode = 'AccessExclusiveLock'
       and l.pid <> pg_catalog.pg_backend_pid()
       and l.database = (select oid from pg_catalog.pg_database
                          where datname = pg_catalog.current_database())
),
builds as materialized (
    select p.relid, p.index_relid
      from pg_catalog.pg_stat_progress_create_index p
     where p.datname = pg_catalog.current_database()
)
select w.schema_name,
       w.table_name,
       w.relkind::text as kind,
       w.relid in (select relation from locked) as locked,
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
       s.storage,
       s.analyzed_at,
       s.changed_rows,
       s.live_rows,
       case when w.position = 1
            then (select array_agg(n.nspname::text order by n.nspname)
                    from pg_catalog.pg_namespace n
                   where not pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                     and n.nspname !~ '^pg_(toast|temp)') end as hidden_schemas,
       pg_catalog.clock_timestamp() as now,
       pg_catalog.pg_is_in_recovery() as standby,
       pg_catalog.current_setting('track_counts')::bool as counting,
       pg_catalog.set_config('constraint_exclusion', 'on', true) as constraint_exclusion
  from wanted w
  cross join lateral (
    select array_agg(a.attname::text order by a.attnum) as columns,
           array_agg(
             pg_catalog.format(
               'null::%%s%%s as %%I',
               pg_catalog.format_type(a.atttypid, a.atttypmod),
               case when a.attcollation <> y.typcollation
                    then pg_catalog.format(' collate %%I.%%I', cn.nspname, co.collname) end,
               a.attname)
             order by a.attnum) as column_sources,
           array_agg((cn.nspname || '.' || co.collname)::text order by a.attnum)
             as column_collations,
           array_agg(y.typtype = 'b' and yn.nspname <> 'pg_catalog' order by a.attnum)
             as column_extensions,
           array_agg(case when not pg_catalog.has_schema_privilege(yn.oid, 'USAGE')
                          then yn.nspname::text end order by a.attnum) as column_grants
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type y on y.oid = a.atttypid
      join pg_catalog.pg_namespace yn on yn.oid = y.typnamespace
      left join pg_catalog.pg_collation co on co.oid = a.attcollation
      left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
     where a.attrelid = w.relid and a.attnum > 0 and not a.attisdropped
  ) c
  cross join lateral (
    select array_agg(r.relname::text order by r.oid) as storage,
           array_agg(greatest(pg_catalog.pg_stat_get_last_analyze_time(r.oid),
                              pg_catalog.pg_stat_get_last_autoanalyze_time(r.oid))
                     order by r.oid) as analyzed_at,
           array_agg(pg_catalog.pg_stat_get_mod_since_analyze(r.oid) order by r.oid)
             as changed_rows,
           array_agg(pg_catalog.pg_stat_get_live_tuples(r.oid) order by r.oid) as live_rows
      from tree t
      join pg_catalog.pg_class r on r.oid = t.relid and r.relkind in ('r', 'm')
     where t.root = w.relid
  ) s
 order by w.position
