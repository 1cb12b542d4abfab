-- Every index of the named tables: its structure, from the catalogs and not from indexdef.
--
-- One row per index. Cost grows with the named tables, not the database.
-- Locks: deparses predicates and expressions only where nobody holds or awaits ACCESS EXCLUSIVE
--   on the table or the index, because deparsing would wait for it; a lock that arrives in
--   between ends at lock_timeout.
-- Privilege: none; pg_read_all_stats to see who builds an index. Versions: 14 and newer.
-- Run with an empty search_path, so that every name in a deparsed text is qualified.
-- Parameters: %(schemas)s and %(names)s, text[] in pairs: a name may hold a dot.
--
-- Columns
--   schema_name, name        of the table, as given
--   columns                  as in indkey, key columns first; null where it is an expression
--   expressions              deparsed, in key order, of the keys that are expressions; null if
--                            locked
--   options                  per key, bit 1 = descending, bit 2 = nulls first
--   opclasses                per key, schema.name; and beside each: opclass_defaults
--   collations               per key, schema.name, null if not collatable
--   predicate                deparsed; null if not partial, or if locked
--   building                 null: someone builds an index here, and this role may not see which
--   missing_leaves           {schema, name} of leaf partitions without a valid index attached to
--                            this one
with recursive wanted as (
  select w.schema_name, w.name, c.oid as relid, c.relkind
    from rows from (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[]))
         as w(schema_name, name)
    join pg_catalog.pg_namespace n on n.nspname = w.schema_name
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
),
table_tree(root, relid) as (
  select w.relid, w.relid
    from wanted w
   where w.relkind = 'p'
   union all
  select t.root, h.inhrelid
    from table_tree t
    join pg_catalog.pg_inherits h on h.inhparent = t.relid and not h.inhdetachpending
),
leaf as (
  select t.root, t.relid, array[n.nspname::text, c.relname::text] as leaf_name
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
     and l.database = (select d.oid
                         from pg_catalog.pg_database d
                        where d.datname = pg_catalog.current_database())
),
builds as materialized (
  select p.relid, p.index_relid
    from pg_catalog.pg_stat_progress_create_index p
   where p.datname = pg_catalog.current_database()
),
found as materialized (
  select w.schema_name, w.name, i.indexrelid,
         i.indrelid in (select l.relation from locked l)
           or i.indexrelid in (select l.relation from locked l) as locked
    from wanted w
    join pg_catalog.pg_index i on i.indrelid = w.relid
)
select f.schema_name,
       f.name,
       c.relname::text as index_name,
       am.amname::text as method,
       i.indnkeyatts::int as key_count,
       (select pg_catalog.array_agg(a.attname::text order by k.position)
          from pg_catalog.unnest(i.indkey::int2[]) with ordinality as k(attnum, position)
          left join pg_catalog.pg_attribute a
            on a.attrelid = i.indrelid and a.attnum = k.attnum and k.attnum <> 0) as columns,
       case when i.indexprs is not null and not f.locked
            then (select pg_catalog.array_agg(
                           pg_catalog.pg_get_indexdef(i.indexrelid, k.position + 1, false)
                           order by k.position)
                    from pg_catalog.generate_series(0, i.indnatts - 1) as k(position)
                   where i.indkey[k.position] = 0) end as expressions,
       i.indoption::int2[]::int[] as options,
       (select pg_catalog.array_agg((n.nspname || '.' || o.opcname)::text order by k.position)
          from pg_catalog.unnest(i.indclass::oid[]) with ordinality as k(id, position)
          join pg_catalog.pg_opclass o on o.oid = k.id
          join pg_catalog.pg_namespace n on n.oid = o.opcnamespace) as opclasses,
       (select pg_catalog.array_agg(o.opcdefault order by k.position)
          from pg_catalog.unnest(i.indclass::oid[]) with ordinality as k(id, position)
          join pg_catalog.pg_opclass o on o.oid = k.id) as opclass_defaults,
       (select pg_catalog.array_agg((n.nspname || '.' || o.collname)::text order by k.position)
          from pg_catalog.unnest(i.indcollation::oid[]) with ordinality as k(id, position)
          left join pg_catalog.pg_collation o on o.oid = k.id
          left join pg_catalog.pg_namespace n on n.oid = o.collnamespace) as collations,
       i.indisunique as is_unique,
       i.indpred is not null as partial,
       case when i.indpred is not null and not f.locked
            then pg_catalog.pg_get_expr(i.indpred, i.indrelid) end as predicate,
       i.indisvalid as valid,
       i.indisready as ready,
       i.indislive as live,
       f.locked,
       case
         when exists (select from builds b where b.index_relid = f.indexrelid) then true
         when exists (select from builds b where b.relid is null) then null
         else false
       end as building,
       (select pg_catalog.array_agg(l.leaf_name order by l.leaf_name)
          from leaf l
         where l.root = i.indrelid
           and not exists (select from covered v
                            where v.root = f.indexrelid and v.indrelid = l.relid)
       ) as missing_leaves
  from found f
  join pg_catalog.pg_index i on i.indexrelid = f.indexrelid
  join pg_catalog.pg_class c on c.oid = f.indexrelid
  join pg_catalog.pg_am am on am.oid = c.relam
 order by f.schema_name, f.name, index_name;
