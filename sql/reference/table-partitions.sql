-- Monthly partitions of the four tables that only grow: a month is dropped in an instant, and
-- vacuumed and analyzed by itself. Months are those of UTC, whatever zone the server is in.
-- The primary key must include the partition key; so an id is unique within its month only.
-- No foreign keys: history may outlive the job that it belongs to.

create table executions_partitioned (
    id              uuid        not null default gen_random_uuid(),
    tenant_id       uuid        not null,
    job_id          uuid        not null,
    status          text        not null default 'queued',
    started_at      timestamptz not null default now(),
    finished_at     timestamptz,
    summary         jsonb       not null default '{}',
    matched_count   integer     not null default 0,
    unmatched_count integer     not null default 0,
    primary key (id, started_at)
) partition by range (started_at);

create table matches_partitioned (
    id           uuid          not null default gen_random_uuid(),
    tenant_id    uuid          not null,
    job_id       uuid          not null,
    execution_id uuid          not null,
    source_ref   text          not null,
    target_ref   text          not null,
    amount       numeric(18,2) not null,
    currency     text          not null,
    confidence   numeric(5,4)  not null default 1,
    matched_at   timestamptz   not null default now(),
    primary key (id, matched_at)
) partition by range (matched_at);

create table unmatched_partitioned (
    id           uuid          not null default gen_random_uuid(),
    tenant_id    uuid          not null,
    job_id       uuid          not null,
    execution_id uuid          not null,
    side         text          not null,
    reference    text          not null,
    amount       numeric(18,2) not null,
    currency     text          not null,
    reason       text          not null default 'missing',
    created_at   timestamptz   not null default now(),
    primary key (id, created_at)
) partition by range (created_at);

create table audit_logs_partitioned (
    id          uuid        not null default gen_random_uuid(),
    tenant_id   uuid        not null,
    actor       text        not null,
    action      text        not null,
    entity      text        not null,
    entity_id   uuid,
    details     jsonb       not null default '{}',
    "timestamp" timestamptz not null default now(),
    primary key (id, "timestamp")
) partition by range ("timestamp");

-- Each tenant's newest rows; every partition gets its own copy.
create index on executions_partitioned (tenant_id, started_at desc);
create index on matches_partitioned    (tenant_id, matched_at desc);
create index on unmatched_partitioned  (tenant_id, created_at desc);
create index on audit_logs_partitioned (tenant_id, "timestamp" desc);

-- Creates what is missing between `back` months before and `ahead` months after a moment, and the
-- default partition, which must stay empty: a row in it says that a month was missing, and blocks
-- that month's partition. Safe to repeat; call it each day.
create function ensure_month_partitions(
    parent text, back integer, ahead integer, moment timestamptz default now())
returns void
language plpgsql
set search_path = public, pg_temp
as $$
declare
    this_month constant timestamp := date_trunc('month', moment at time zone 'UTC');
    first_day  timestamp;
    stem       constant text := regexp_replace(parent, '_partitioned$', '');
begin
    for step in -back .. ahead loop
        first_day := this_month + make_interval(months => step);
        execute format(
            'create table if not exists %I partition of %I for values from (%L) to (%L)',
            stem || to_char(first_day, '_YYYY_MM'),
            parent,
            to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00',
            to_char(first_day + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
        );
    end loop;
    execute format('create table if not exists %I partition of %I default', stem || '_default', parent);
end
$$;

-- A year is kept, of the audit trail two; three months ahead leave one to spare.
select ensure_month_partitions('executions_partitioned', 12, 3);
select ensure_month_partitions('matches_partitioned',    12, 3);
select ensure_month_partitions('unmatched_partitioned',  12, 3);
select ensure_month_partitions('audit_logs_partitioned', 24, 3);

-- A tenth of the plain tables' rows, chosen by id, so that the same rows are chosen each time.
insert into executions_partitioned
select * from executions where id < '19999999-9999-9999-9999-999999999999';
insert into matches_partitioned
select * from matches where id < '19999999-9999-9999-9999-999999999999';
-- The small ones whole.
insert into unmatched_partitioned select * from unmatched;
insert into audit_logs_partitioned select * from audit_logs;
