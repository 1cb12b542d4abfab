"""Faults of single statements: one of a class takes far longer than its class may.

They run as the application's role, as often as a percentile needs, and pg_stat_statements keeps
them. Their work is a checksum of long texts: it depends neither on how many rows there are nor on
what the planner does, and hardly on the machine, as MD5 cannot be computed in parallel.
"""

from perfcheck.reference.copies import STEP
from perfcheck.reference.faults.base import Fault

_CALLS = 20

_SIMPLE = """
select code from currencies where md5(repeat(name, 250000)) = ''
"""
_JOIN = """
select a.code, b.code
  from currencies a
  join currencies b using (minor_units)
 where md5(repeat(a.name || b.name, 70000)) = ''
"""
_AGGREGATION = """
select minor_units, max(md5(repeat(name, 1000000))) from currencies group by minor_units
"""
_COMPLEX = """
with hashed as (
     select name, md5(repeat(name, 2000000)) as hash from currencies)
select name, rank() over (order by hash) from hashed
"""


def _fault(statement_class: str, shows: str, statement: str) -> Fault:
    return Fault(
        name=f"query-target-slow-{statement_class.replace('_', '-')}",
        shows=shows,
        breaks=(f"query_targets/{statement_class}",),
        sql=STEP.join(["set role reconciliation\n", *[statement] * _CALLS]),
    )


FAULTS = (
    _fault(
        "simple_select",
        "A statement on one table filters by an expression that no index has.",
        _SIMPLE,
    ),
    _fault("join", "A join compares each row with each other one by an expression.", _JOIN),
    _fault("aggregation", "An aggregation computes what it could have stored.", _AGGREGATION),
    _fault("complex", "A ranking sorts by what it computes anew each time.", _COMPLEX),
)
