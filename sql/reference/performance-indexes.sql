-- The indexes that the performance guide promises; run after the load. On a live server use
-- `create index concurrently`, which cannot run inside a transaction.

-- Composite: one tenant, newest or best first.

-- Job lists filter by tenant and read the newest first.
create index idx_jobs_tenant_created_at on jobs (tenant_id, created_at desc);
-- Executions of one tenant in one status, newest first.
create index idx_executions_tenant_status_started on executions (tenant_id, status, started_at desc);
-- The matches of one job, the surest first.
create index idx_matches_tenant_job_confidence on matches (tenant_id, job_id, confidence desc);

-- Partial: the few rows that are asked for all the time.

-- Active jobs are a few per cent of all jobs.
create index idx_jobs_active_tenant_created on jobs (tenant_id, created_at desc)
    where status = 'active';
-- What runs right now: a handful of rows beside the whole history.
create index idx_executions_running_tenant_started on executions (tenant_id, started_at desc)
    where status = 'running';
-- The retry worker asks for failed deliveries that are due.
create index idx_webhook_deliveries_pending_retry on webhook_deliveries (next_retry_at)
    where status = 'failed' and next_retry_at is not null;

-- GIN: containment (@>) and key (?) searches in JSON.
create index idx_jobs_rules_gin         on jobs       using gin (rules);
create index idx_executions_summary_gin on executions using gin (summary);
create index idx_reports_summary_gin    on reports    using gin (summary);

-- Covering: the job list without a visit to the table. id is a key column because it breaks
-- ties of created_at, in the order of the cursor.
create index idx_jobs_list_covering on jobs (tenant_id, created_at desc, id desc)
    include (name, status);

-- Beside the guide: what the API reads of one job, and its newest execution in the job list.
create index idx_executions_tenant_job_started on executions (tenant_id, job_id, started_at desc);
create index idx_unmatched_tenant_job_created  on unmatched  (tenant_id, job_id, created_at desc);
create index idx_reports_tenant_job_created    on reports    (tenant_id, job_id, created_at desc);
create index idx_audit_logs_tenant_timestamp   on audit_logs (tenant_id, "timestamp" desc);
