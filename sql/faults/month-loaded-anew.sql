-- Replace last month's partition of the audit trail by a copy that nobody vacuumed or analyzed.
-- Run after months.sql.

do $$
declare month constant text := pg_temp.partition_of('audit_logs_partitioned', -1);
begin
    execute format('create table anew (like %I including all) with (autovacuum_enabled = false)',
                   month);
    execute format('insert into anew select * from %I', month);
    execute format('drop table %I', month);
    execute format('alter table audit_logs_partitioned attach partition anew'
                   ' for values from (%L) to (%L)', pg_temp.month(-1), pg_temp.month(0));
end
$$;
