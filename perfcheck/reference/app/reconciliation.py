"""Reconcile one job set-wise: four statements in one transaction, however many records."""

import json
from typing import LiteralString
from uuid import UUID

from perfcheck.reference.app.database import Connection, Row
from perfcheck.reference.app.spans import business_span, producer_span
from perfcheck.reference.app.trace_context import current_headers

_START: LiteralString = """
insert into executions (tenant_id, job_id, status, started_at)
select tenant_id, id, 'running', clock_timestamp()
  from jobs
 where tenant_id = %(tenant)s and id = %(job)s
returning id"""

# What an adapter would get from a bank and from the books: one hundred records a side, ten
# without a counterpart, and every twentieth pair disagrees.
_FETCH: LiteralString = """
select (select jsonb_agg(jsonb_build_object(
                   'invoice', n, 'reference', 'src-' || n,
                   'amount', (n * 17 %% 900 + 10)::numeric(18, 2)))
          from generate_series(1, 100) as n)::text as source,
       (select jsonb_agg(jsonb_build_object(
                   'invoice', n, 'reference', 'led-' || n,
                   'amount', (n * 17 %% 900 + 10
                              + case when n %% 20 = 0 then 1 else 0 end)::numeric(18, 2)))
          from generate_series(11, 110) as n)::text as target"""

_MATCH: LiteralString = """
with source as (
     select invoice, reference, amount
       from jsonb_to_recordset(%(source)s::jsonb)
         as record (invoice int, reference text, amount numeric(18, 2))),
target as (
     select invoice, reference, amount
       from jsonb_to_recordset(%(target)s::jsonb)
         as record (invoice int, reference text, amount numeric(18, 2))),
paired as (
     select s.reference as source_ref, s.amount as source_amount,
            t.reference as target_ref, t.amount as target_amount
       from source s full join target t using (invoice)),
matched as (
     insert into matches (tenant_id, job_id, execution_id, source_ref, target_ref, amount,
                          currency, confidence)
     select %(tenant)s::uuid, %(job)s::uuid, %(execution)s::uuid, source_ref, target_ref,
            source_amount, 'EUR', 1
       from paired
      where source_amount = target_amount
     returning 1),
lonely as (
     insert into unmatched (tenant_id, job_id, execution_id, side, reference, amount, currency,
                            reason)
     select %(tenant)s::uuid, %(job)s::uuid, %(execution)s::uuid, l.side, l.reference, l.amount,
            'EUR',
            case when source_ref is null or target_ref is null then 'missing'
                 else 'amount_differs' end
       from paired
      cross join lateral (values ('source', source_ref, source_amount),
                                 ('target', target_ref, target_amount))
                         as l (side, reference, amount)
      where source_amount is distinct from target_amount and l.reference is not null
     returning 1),
counted as (
     select (select count(*) from matched)::int as matched,
            (select count(*) from lonely)::int as unmatched)
update executions
   set status = 'completed', finished_at = clock_timestamp(),
       matched_count = counted.matched, unmatched_count = counted.unmatched,
       summary = jsonb_build_object(
           'match_rate',
           round(2.0 * counted.matched / (2 * counted.matched + counted.unmatched), 4))
  from counted
 where id = %(execution)s::uuid
returning id, job_id, status, started_at, finished_at, matched_count, unmatched_count, summary"""

_RECORD: LiteralString = """
with done as (
     select tenant_id, job_id, id, summary from executions where id = %(execution)s::uuid),
reported as (
     insert into reports (tenant_id, job_id, execution_id, kind, summary)
     select tenant_id, job_id, id, 'summary', summary from done),
announced as (
     insert into webhook_deliveries (tenant_id, job_id, event, url, payload, status)
     select tenant_id, job_id, 'execution.completed', %(webhook_url)s::text,
            jsonb_build_object('execution_id', id, 'trace', %(trace)s::jsonb), 'pending'
       from done)
insert into audit_logs (tenant_id, actor, action, entity, entity_id, details)
select tenant_id, 'api', 'execute', 'job', job_id, jsonb_build_object('execution_id', id)
  from done"""


async def reconcile(
    connection: Connection, tenant_id: UUID, job_id: str, *, webhook_url: str
) -> Row | None:
    """Return the completed execution, or None when the tenant has no such job.

    The webhook that announces it is only put into the queue here; a worker delivers it, in the
    trace whose headers the payload keeps.
    """
    parameters: dict[str, object] = {"tenant": tenant_id, "job": job_id, "webhook_url": webhook_url}
    started = await (await connection.execute(_START, parameters)).fetchone()
    if started is None:
        return None
    parameters["execution"] = started["id"]
    with business_span("adapter.fetch"):
        records = await (await connection.execute(_FETCH, parameters)).fetchone()
    with business_span("matching.match"):
        parameters |= records or {}
        execution = await (await connection.execute(_MATCH, parameters)).fetchone()
    with producer_span("webhook_deliveries"):
        parameters["trace"] = json.dumps(current_headers())
        await connection.execute(_RECORD, parameters)
    return execution
