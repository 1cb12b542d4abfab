"""Faults of the queue of webhooks."""

from perfcheck.reference.faults.base import Fault

# To the discard port, where nobody listens: a worker that finds them cannot take them off.
_MANY_PENDING = """
insert into webhook_deliveries (tenant_id, job_id, event, url)
select tenant_id, id, 'execution.completed', 'http://127.0.0.1:9/webhooks'
  from (select tenant_id, id from jobs order by created_at limit 1) as oldest
 cross join generate_series(1, 1500)
"""

FAULTS = (
    Fault(
        name="queue-too-deep",
        shows="1,500 webhooks wait to be delivered, half again as many as the guide allows.",
        breaks=("thresholds/queue-depth",),
        sql=_MANY_PENDING,
    ),
)
