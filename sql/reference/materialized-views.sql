-- What dashboards and summaries would otherwise compute at each request.
-- Each view has a unique index on plain columns, which `refresh ... concurrently` needs, and a
-- column refreshed_at: it tells readers how old the figures are, and makes every refresh rewrite
-- every row, so that the time of the last refresh can be proved from the rows themselves.

-- Reconciliations of each tenant and day (UTC). Refresh: every hour.
create materialized view mv_reconciliation_summary_daily as
select tenant_id,
       (started_at at time zone 'UTC')::date        as day,
       count(*)                                     as executions,
       count(*) filter (where status = 'completed') as completed,
       count(*) filter (where status = 'failed')    as failed,
       sum(matched_count)                           as matched,
       sum(unmatched_count)                         as unmatched,
       round(sum(matched_count)::numeric / nullif(sum(matched_count + unmatched_count), 0), 4)
                                                    as match_rate,
       now()                                        as refreshed_at
  from executions
 group by tenant_id, (started_at at time zone 'UTC')::date;

create unique index mv_reconciliation_summary_daily_key
    on mv_reconciliation_summary_daily (tenant_id, day);

-- How each job runs. Refresh: every hour.
create materialized view mv_job_performance as
select tenant_id,
       job_id,
       count(*)                                                     as executions,
       count(*) filter (where status = 'failed')                    as failed,
       avg(extract(epoch from finished_at - started_at))::numeric(12,3) as mean_duration_s,
       max(extract(epoch from finished_at - started_at))::numeric(12,3) as max_duration_s,
       max(started_at)                                              as last_started_at,
       now()                                                        as refreshed_at
  from executions
 group by tenant_id, job_id;

create unique index mv_job_performance_key on mv_job_performance (job_id);

-- What each tenant used in each hour (UTC) of the last 30 days. Refresh: every 15 minutes.
create materialized view mv_tenant_usage_hourly as
select tenant_id,
       date_trunc('hour', started_at, 'UTC')  as hour,
       count(*)                               as executions,
       count(distinct job_id)                 as jobs,
       sum(matched_count + unmatched_count)   as records,
       now()                                  as refreshed_at
  from executions
 where started_at >= now() - interval '30 days'
 group by tenant_id, date_trunc('hour', started_at, 'UTC');

create unique index mv_tenant_usage_hourly_key on mv_tenant_usage_hourly (tenant_id, hour);

-- How sure the matches of each job are. Refresh: daily.
create materialized view mv_match_accuracy_by_job as
select tenant_id,
       job_id,
       count(*)                                   as matches,
       round(avg(confidence), 4)                  as mean_confidence,
       min(confidence)                            as min_confidence,
       count(*) filter (where confidence >= 0.95) as sure_matches,
       now()                                      as refreshed_at
  from matches
 group by tenant_id, job_id;

create unique index mv_match_accuracy_by_job_key on mv_match_accuracy_by_job (job_id);
