-- Every index of the named tables: its structure, from the catalogs and not from indexdef.
--
-- One row per index. Deparses predicates and expressions only where nobody holds or awaits
-- ACCESS EXCLUSIVE on the table or the index, because deparsing would wait for it; a lock that
-- arrives in between ends at lock_timeout. Cost grows with the named tables, not the database.
-- Privilege: none; pg_read_all_stats to see who builds an index. Versions: 14 to 18.
-- Run with search_path = '', so that every name in a deparsed text is qualified.
-- Parameters: %(schemas)s and %(tables)s, text[] in pairs.
--
-- Columns
--   columns          as in indkey, key columns first; null where it is an expression
--   expressions      deparsed, in key order, of the keys that are expressions; null if locked
--   options          per key, bit 1 = descending, bit 2 = nulls first
--   opclasses        per key, schema.name; and beside each: opclass_defaults
--   collations       per key, schema.name, null if not collatable
--   predicate        deparsed; null if not partial, or if locked
--   building         null: someone builds an index here, and this role may not see which
--   missing_leaves   schema.name of leaf partitions without a valid index attached to this one
with recursive wanted as (
    select c.oid as relid, c.relkind, n.nspname, c.relname
      from unnest(%(schemas)s::text[], %(tables)s::text[]) as w(schema_name, table_name)
      join pg_catalog.pg_namespace n on n.nspname = w.schema_name
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.table_name
),
table_tree(root, relid) as (
    select relid, relid from wanted where relkind = 'p'
    union all
    select t.root, h.inhrelid
      from table_tree t
      join pg_catalog.pg_inherits h on h.inhparent = t.relid and not h.inhdetachpending
),
leaf as (
    select t.root, t.relid, (n.nspname || '.' || c.relname)::text as leaf_name
      from table_tree t
      join pg_catalog.pg_class c on c.oid = t.relid and c.relkind = 'r'
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
),
index_tree(root, indexrelid) as (
    select i.indexrelid, i.indexrelid
      from pg_catalog.pg_index i
      join wanted w on w.relid = i.indrelid and w.relkind = 'p'
    union all
    select x.root, h.inhrelid
      from index_tree x
      join pg_catalog.pg_inherits h on h.inhparent = x.indexrelid
),
covered as materialized (
    select x.root, i.indrelid
      from index_tree x
      join pg_catalog.pg_index i on i.indexrelid = x.indexrelid
     where i.indisvalid and i.indisready and i.indislive
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
),
found as materialized (
    select w.nspname, w.relname, i.*,
           (i.indrelid in (select relation from locked)
            or i.indexrelid in (select relation from locked)) as is_locked
      from wanted w
      join pg_catalog.pg_index i on i.indrelid = w.relid
)
select f.nspname::text as schema_name,
       f.relname::text as table_name,
       c.relname::text as index_name,
       am.amname::text as method,
       f.indnkeyatts::int as key_count,
       (select array_agg(a.attname::text order by k.position)
          from unnest(f.indkey::int2[]) with ordinality as k(attnum, position)
          left join pg_catalog.pg_attribute a
            on a.attrelid = f.indrelid and a.attnum = k.attnum and k.attnum <> 0) as columns,
       case when f.indexprs is not null and not f.is_locked
            then (select array_agg(pg_catalog.pg_get_indexdef(f.indexrelid, k + 1, false)
                                   order by k)
                    from generate_series(0, f.indnatts - 1) as k
                   where f.indkey[k] = 0) end as expressions,
       f.indoption::int2[]::int[] as options,
       (select array_agg((n.nspname || '.' || o.opcname)::text order by k.position)
          from unnest(f.indclass::oid[]) with ordinality as k(id, position)
          join pg_catalog.pg_opclass o on o.oid = k.id
          join pg_catalog.pg_namespace n on n.oid = o.opcnamespace) as opclasses,
       (select array_agg(o.opcdefault order by k.position)
          from unnest(f.indclass::oid[]) with ordinality as k(id, position)
          join pg_catalog.pg_opclass o on o.oid = k.id) as opclass_defaults,
       (select array_agg((n.nspname || '.' || o.collname)::text order by k.position)
          from unnest(f.indcollation::oid[]) with ordinality as k(id, position)
          left join pg_catalog.pg_collation o on o.oid = k.id
          left join pg_catalog.pg_namespace n on n.oid = o.collnamespace) as collations,
       f.indisunique as is_unique,
       f.indpred is not null as partial,
       case when f.indpred is not null and not f.is_locked
            then pg_catalog.pg_get_expr(f.indpred, f.indrelid) end as predicate,
       f.indisvalid as valid,
       f.indisready as ready,
       f.indislive as live,
       f.is_locked as locked,
       case
         when exists (select from builds b where b.index_relid = f.indexrelid) then true
         when exists (select from builds b where b.relid is null) then null
         else false
       end as building,
       (select array_agg(l.leaf_name order by l.leaf_name)
          from leaf l
         where l.root = f.indrelid
           and not exists (select from covered v
                            where v.root = f.indexrelid and v.indrelid = l.relid)
       ) as missing_leaves
  from found f
  join pg_catalog.pg_class c on c.oid = f.indexrelid
  join pg_catalog.pg_am am on am.oid = c.relam
 order by 1, 2, 3
