-- How the faults of partitions take months away and put others in their place, as the owner of
-- the tables would. Months are counted from the current one, in UTC; gone with the session.

set role reconciliation;

create function pg_temp.month(step integer) returns timestamptz language sql as $$
select (date_trunc('month', now() at time zone 'UTC') + make_interval(months => step))
       at time zone 'UTC'
$$;

create function pg_temp.stem(parent text) returns text language sql as $$
select regexp_replace(parent, '_partitioned$', '')
$$;

create function pg_temp.partition_of(parent text, step integer) returns text language sql as $$
select pg_temp.stem(parent) || to_char(pg_temp.month(step) at time zone 'UTC', '_YYYY_MM')
$$;

-- Drops the partitions of some months.
create function pg_temp.forget(parent text, first integer, last integer) returns void
language plpgsql as $$
begin
    for step in first .. last loop
        execute format('drop table %I', pg_temp.partition_of(parent, step));
    end loop;
end
$$;

-- Creates a partition of whatever range; `more` goes behind it: a sub-partitioning.
create function pg_temp.add(
    parent text, suffix text, lower timestamptz, upper timestamptz, more text default ''
) returns void language plpgsql as $$
begin
    execute format(
        'create table %I partition of %I for values from (%L) to (%L) %s',
        pg_temp.stem(parent) || suffix, parent, lower, upper, more
    );
end
$$;

-- Inserts copies of rows at a moment.
create function pg_temp.insert_at(
    parent text, key text, moment timestamptz, copies integer default 1
) returns void language plpgsql as $$
begin
    execute format(
        'insert into %1$I select made.* from (select * from %1$I limit %2$s) as t,'
        ' jsonb_populate_record(null::%1$I, to_jsonb(t) || jsonb_build_object(%3$L, %4$L)) as made',
        parent, copies, key, moment
    );
end
$$;

-- Replaces a table by one that is cut otherwise; its only partition takes every row.
create function pg_temp.cut_otherwise(parent text, how text, everything text) returns void
language plpgsql as $$
begin
    execute format('alter table %I rename to before', parent);
    execute format('create table %I (like before) partition by %s', parent, how);
    execute format('drop table before');
    execute format('create table %I partition of %I %s', pg_temp.stem(parent) || '_all', parent,
                   everything);
end
$$;
