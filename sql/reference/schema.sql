-- The tables of the reconciliation API. Primary and foreign keys are in keys.sql: after a load
-- they are built and validated set-wise, far faster than row by row.
-- Every row names its tenant, because every query of the API is about one tenant.

-- Static data: ISO 4217 codes and how many digits follow the decimal point.
create table currencies (
    code        text     not null,
    name        text     not null,
    minor_units smallint not null
);

-- A job says what is compared with what, and by which rules. Each execution touches its job, so a
-- tenth of every page is left free: the new version fits beside the old one, and no index changes.
create table jobs (
    id         uuid        not null default gen_random_uuid(),
    tenant_id  uuid        not null,
    name       text        not null,
    status     text        not null default 'active',
    rules      jsonb       not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
) with (fillfactor = 90);

-- An execution is one run of a job; started_at is when it was queued until it really starts.
create table executions (
    id              uuid        not null default gen_random_uuid(),
    tenant_id       uuid        not null,
    job_id          uuid        not null,
    status          text        not null default 'queued',
    started_at      timestamptz not null default now(),
    finished_at     timestamptz,
    summary         jsonb       not null default '{}',
    matched_count   integer     not null default 0,
    unmatched_count integer     not null default 0
);

-- A match is a pair of records, one of each side, that belong together.
create table matches (
    id           uuid          not null default gen_random_uuid(),
    tenant_id    uuid          not null,
    job_id       uuid          not null,
    execution_id uuid          not null,
    source_ref   text          not null,
    target_ref   text          not null,
    amount       numeric(18,2) not null,
    currency     text          not null,
    confidence   numeric(5,4)  not null default 1,
    matched_at   timestamptz   not null default now()
);

-- An unmatched record has no counterpart on the other side.
create table unmatched (
    id           uuid          not null default gen_random_uuid(),
    tenant_id    uuid          not null,
    job_id       uuid          not null,
    execution_id uuid          not null,
    side         text          not null,
    reference    text          not null,
    amount       numeric(18,2) not null,
    currency     text          not null,
    reason       text          not null default 'missing',
    created_at   timestamptz   not null default now()
);

create table reports (
    id           uuid        not null default gen_random_uuid(),
    tenant_id    uuid        not null,
    job_id       uuid        not null,
    execution_id uuid,
    kind         text        not null default 'summary',
    summary      jsonb       not null default '{}',
    created_at   timestamptz not null default now()
);

create table webhook_deliveries (
    id            uuid        not null default gen_random_uuid(),
    tenant_id     uuid        not null,
    job_id        uuid        not null,
    event         text        not null,
    url           text        not null,
    payload       jsonb       not null default '{}',
    status        text        not null default 'pending',
    attempts      integer     not null default 0,
    next_retry_at timestamptz,
    last_error    text,
    created_at    timestamptz not null default now(),
    delivered_at  timestamptz
);

-- The audit trail outlives what it tells about, so it refers to nothing by a foreign key.
create table audit_logs (
    id          uuid        not null default gen_random_uuid(),
    tenant_id   uuid        not null,
    actor       text        not null,
    action      text        not null,
    entity      text        not null,
    entity_id   uuid,
    details     jsonb       not null default '{}',
    "timestamp" timestamptz not null default now()
);
