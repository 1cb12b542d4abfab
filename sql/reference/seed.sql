-- Rows for the plain tables, set-wise and repeatable: setseed() fixes the shape, ids are hashes of
-- counters. Only the times move: they end shortly before now. Run in one transaction, after
-- schema.sql and before keys.sql. How many jobs: `set seed.jobs = 2000`; else 100,000, of which
-- the largest tenant has about half.

select setseed(0.42);

insert into currencies (code, name, minor_units) values
    ('AUD', 'Australian dollar', 2), ('BHD', 'Bahraini dinar', 3), ('CAD', 'Canadian dollar', 2),
    ('CHF', 'Swiss franc', 2),       ('EUR', 'Euro', 2),           ('GBP', 'Pound sterling', 2),
    ('INR', 'Indian rupee', 2),      ('JPY', 'Yen', 0),            ('SEK', 'Swedish krona', 2),
    ('USD', 'US dollar', 2);

-- Jobs are numbered by age. More of them are new than old, as in a service that grows; every
-- fiftieth group of five was imported at once and shares one created_at. 360 days, not a year: a
-- leap day must not push the oldest row out of the twelve months that the partitions keep.
create temporary table seed_jobs on commit drop as
select n,
       md5('job-' || n)::uuid as id,
       ('00000000-0000-0000-0000-'
           || lpad((1 + width_bucket(u, array[0.5, 0.7, 0.8, 0.87, 0.92, 0.96, 0.99]))::text, 12, '0')
       )::uuid as tenant_id,
       now() - interval '5 minutes' - interval '360 days'
           * (1 - power((case when n % 50 < 5 then n - n % 50 else n end)::float8 / jobs, 0.7))
           as created_at,
       kind, draw
  from (select n, jobs, random() as u, random() as kind, random() as draw
          from (select coalesce(nullif(current_setting('seed.jobs', true), ''), '100000')::int as jobs) s
         cross join lateral generate_series(1, jobs) as n) numbered;
analyze seed_jobs;

-- Most jobs are archived, few are active.
insert into jobs (id, tenant_id, name, status, rules, created_at, updated_at)
select id,
       tenant_id,
       source || ' ' || (array['payouts', 'charges', 'refunds', 'fees'])[1 + floor(kind * 4)::int]
           || ' against ledger ' || lpad(n::text, 6, '0'),
       case when draw < 0.04 then 'active' when draw < 0.10 then 'paused' else 'archived' end,
       jsonb_build_object('source', source, 'target', 'ledger',
                          'fields', jsonb_build_array('amount', 'currency', 'date'),
                          'tolerance', (n % 5) * 0.01, 'window_days', 1 + n % 7),
       created_at,
       created_at + (now() - created_at) * draw
  from (select *, (array['stripe', 'paypal', 'adyen', 'shopify', 'square'])[1 + n % 5] as source
          from seed_jobs) j
 order by n;

-- Three times as many executions; old jobs ran most. Nearly all are completed, and what is
-- queued or running began in the last hours.
insert into executions (id, tenant_id, job_id, status, started_at, finished_at, summary,
                        matched_count, unmatched_count)
select id, tenant_id, job_id, status, started_at,
       case when status in ('completed', 'failed')
            then least(started_at + interval '1 second' * (1 - 20 * ln(1 - d)), now()) end,
       jsonb_build_object('source', (array['stripe', 'paypal', 'adyen', 'shopify', 'square'])[1 + n % 5],
                          'match_rate', round(matched::numeric / greatest(matched + unmatched, 1), 2),
                          'attempt', 1 + (d * 1.1)::int),
       matched,
       unmatched
  from (select md5('execution-' || m)::uuid as id, n, j.tenant_id, j.id as job_id, status, d,
               case when status in ('queued', 'running')
                    then greatest(j.created_at, now() - interval '6 hours' * a)
                    else j.created_at + (now() - j.created_at) * a end as started_at,
               -- A fifth of the completed ones compared many records, the others few or none.
               case when status <> 'completed' then 0
                    when b < 0.2 then 1 + floor(18 * power(c, 3))::int
                    else (c < 0.05)::int end as matched,
               case when status = 'completed' and d < 0.06 then 1 + floor(3 * c)::int else 0 end
                   as unmatched
          from (select m, 1 + floor(jobs * power(random(), 2))::int as n,
                       random() as a, random() as b, random() as c, random() as d,
                       case width_bucket(random(), array[0.0003, 0.001, 0.05])
                            when 0 then 'queued' when 1 then 'running'
                            when 2 then 'failed' else 'completed' end as status
                  from (select count(*)::int as jobs from seed_jobs) s
                 cross join lateral generate_series(1, 3 * jobs) as m) e
          join seed_jobs j using (n)) x;

-- As many matches and unmatched records as the executions counted.
insert into matches (id, tenant_id, job_id, execution_id, source_ref, target_ref, amount, currency,
                     confidence, matched_at)
select md5('match-' || k || id)::uuid, tenant_id, job_id, id,
       'src-' || substr(md5(id::text || k), 1, 12),
       'led-' || substr(md5(k || id::text), 1, 12),
       round((exp(9 * a))::numeric, 2),
       (array['EUR', 'USD', 'EUR', 'GBP', 'USD', 'EUR', 'SEK', 'CHF', 'CAD', 'INR'])[1 + floor(b * 10)::int],
       round((1 - 0.4 * power(c, 4))::numeric, 4),
       started_at + (finished_at - started_at) * c
  from (select e.*, k, random() as a, random() as b, random() as c
          from executions e cross join lateral generate_series(1, e.matched_count) as k) x;

insert into unmatched (id, tenant_id, job_id, execution_id, side, reference, amount, currency,
                       reason, created_at)
select md5('unmatched-' || k || id)::uuid, tenant_id, job_id, id,
       (array['source', 'target'])[1 + floor(a * 2)::int],
       'ref-' || substr(md5(id::text || k), 1, 12),
       round((exp(9 * b))::numeric, 2),
       (array['EUR', 'USD', 'GBP', 'CHF'])[1 + floor(c * 4)::int],
       (array['missing', 'missing', 'amount_differs', 'date_outside_window', 'duplicate'])[1 + floor(c * 5)::int],
       started_at + (finished_at - started_at) * c
  from (select e.*, k, random() as a, random() as b, random() as c
          from executions e cross join lateral generate_series(1, e.unmatched_count) as k) x;

-- Some completed executions have a report.
insert into reports (id, tenant_id, job_id, execution_id, kind, summary, created_at)
select md5('report-' || id)::uuid, tenant_id, job_id, id,
       (array['summary', 'summary', 'exceptions', 'export'])[1 + floor(a * 4)::int],
       jsonb_build_object('matched', matched_count, 'unmatched', unmatched_count,
                          'format', (array['pdf', 'csv', 'json'])[1 + floor(b * 3)::int]),
       finished_at
  from (select e.*, random() as a, random() as b from executions e where status = 'completed') x
 where x.a < 0.06;

-- One finished execution in ten was announced; one announcement in fifty failed.
insert into webhook_deliveries (id, tenant_id, job_id, event, url, payload, status, attempts,
                                next_retry_at, last_error, created_at, delivered_at)
select md5('delivery-' || id)::uuid, tenant_id, job_id, 'execution.' || status,
       'https://hooks.example.com/' || right(tenant_id::text, 4),
       jsonb_build_object('execution_id', id, 'matched', matched_count),
       case when b < 0.02 then 'failed' when b < 0.025 then 'pending' else 'delivered' end,
       case when b < 0.02 then 1 + floor(c * 6)::int when b < 0.025 then 0 else 1 end,
       case when b < 0.02 and c < 0.5 then now() + interval '1 hour' * (c - 0.2) end,
       case when b < 0.02 then 'HTTP 503' end,
       finished_at,
       case when b >= 0.025 then least(finished_at + interval '1 second' * c, now()) end
  from (select e.*, random() as a, random() as b, random() as c
          from executions e where finished_at is not null) x
 where x.a < 0.1;

-- The audit trail goes back two years, so it is older than every job that still exists.
insert into audit_logs (id, tenant_id, actor, action, entity, entity_id, details, "timestamp")
select md5('audit-' || n)::uuid, tenant_id,
       (array['api', 'api', 'scheduler', 'console'])[1 + floor(kind * 4)::int],
       (array['create', 'update', 'update', 'execute', 'delete'])[1 + floor(draw * 5)::int],
       'job', id,
       jsonb_build_object('request', substr(md5('request-' || n), 1, 16)),
       now() - interval '5 minutes' - interval '720 days' * (1 - n::float8 / max(n) over ())
  from seed_jobs
 where n % 2 = 0;
