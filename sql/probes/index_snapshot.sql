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
--   opclasses                per key, schema.name; and beside each: opclass_defaults, whether it is
--                            the one that CREATE INDEX takes for the key's type, or another of the
--                            same family and input type (GetDefaultOpClass in indexcmds.c);
--                            null: the type of an expression is not in the catalogs, and decides
--   collations               per key, schema.name, null if not collatable
--   is_immediate             duplicates are refused at once: not of a DEFERRABLE constraint
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
),
index_key as materialized (
  select i.indexrelid, k.position, c.relam as method, o.opcdefault,
         o.opcfamily, o.opcintype,
         case when i.indkey[k.position - 1] <> 0 then ta.atttypid
              when o.opckeytype = 0 then ia.atttypid end as key_type
    from found f
    join pg_catalog.pg_index i on i.indexrelid = f.indexrelid
    join pg_catalog.pg_class c on c.oid = i.indexrelid
   cross join pg_catalog.unnest(i.indclass::oid[]) with ordinality as k(opclass, position)
    join pg_catalog.pg_opclass o on o.oid = k.opclass
    left join pg_catalog.pg_attribute ta
      on ta.attrelid = i.indrelid and ta.attnum = i.indkey[k.position - 1]
    left join pg_catalog.pg_attribute ia on ia.attrelid = i.indexrelid and ia.attnum = k.position
),
based(key_type, base) as (
  select distinct k.key_type, k.key_type
    from index_key k
   where k.key_type is not null
   union all
  select b.key_type, y.typbasetype
    from based b
    join pg_catalog.pg_type y on y.oid = b.base and y.typtype = 'd'
),
candidate as materialized (
  select m.method, m.key_type, o.opcfamily, o.opcintype,
         o.opcintype = y.oid as exact,
         w.typispreferred and w.typcategory = y.typcategory as preferred
    from (select distinct k.method, k.key_type from index_key k) m
    join based b on b.key_type = m.key_type
    join pg_catalog.pg_type y on y.oid = b.base and y.typtype <> 'd'
    join pg_catalog.pg_opclass o on o.opcmethod = m.method and o.opcdefault
    join pg_catalog.pg_type w on w.oid = o.opcintype
   where o.opcintype in (y.oid, 'pg_catalog.any'::regtype, 'pg_catalog.anyelement'::regtype)
      or o.opcintype = 'pg_catalog.anyarray'::regtype
         and y.typelem <> 0
         and y.typsubscript = 'pg_catalog.array_subscript_handler'::regproc
      or o.opcintype = case y.typtype when 'e' then 'pg_catalog.anyenum'::regtype
                                      when 'r' then 'pg_catalog.anyrange'::regtype
                                      when 'm' then 'pg_catalog.anymultirange'::regtype
                                      when 'c' then 'pg_catalog.record'::regtype end
      or exists (select from pg_catalog.pg_cast x
                  where (x.castsource, x.casttarget) = (y.oid, o.opcintype)
                    and x.castmethod = 'b' and x.castcontext = 'i')
),
default_class as materialized (
  select r.method, r.key_type, r.opcfamily, r.opcintype
    from (select c.method, c.key_type, c.opcfamily, c.opcintype,
                 pg_catalog.rank() over (partition by c.method, c.key_type
                                         order by c.exact desc, c.preferred desc) as place,
                 pg_catalog.count(c.opcintype) over (partition by c.method, c.key_type,
                                                        c.exact, c.preferred) as rivals
            from candidate c) r
   where (r.place, r.rivals) = (1, 1)
),
judged_key as materialized (
  select k.indexrelid, k.position,
         case
           when k.key_type is not null then
             exists (select from default_class d
                      where (d.method, d.key_type, d.opcfamily, d.opcintype)
                            = (k.method, k.key_type, k.opcfamily, k.opcintype))
           when k.opcdefault and exists (
             select from pg_catalog.pg_opclass o
               join pg_catalog.pg_cast x
                 on (x.castsource, x.casttarget) in ((o.opcintype, k.opcintype),
                                                     (k.opcintype, o.opcintype))
              where o.opcmethod = k.method and o.opcdefault
                and x.castmethod = 'b' and x.castcontext = 'i') then null
           else k.opcdefault
         end as is_default
    from index_key k
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
       (select pg_catalog.array_agg(k.is_default order by k.position)
          from judged_key k
         where k.indexrelid = f.indexrelid) as opclass_defaults,
       (select pg_catalog.array_agg((n.nspname || '.' || o.collname)::text order by k.position)
          from pg_catalog.unnest(i.indcollation::oid[]) with ordinality as k(id, position)
          left join pg_catalog.pg_collation o on o.oid = k.id
          left join pg_catalog.pg_namespace n on n.oid = o.collnamespace) as collations,
       i.indisunique as is_unique,
       i.indimmediate as is_immediate,
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
