"""Faults of what the database was installed with."""

from perfcheck.reference.faults.base import Fault

FAULTS = (
    Fault(
        name="extension-statements-missing",
        shows="The extension pg_stat_statements is missing, so nobody knows what was sent.",
        leaves_unverified=(
            "statements/batch-reads",
            "statements/no-offset",
            "query_targets/simple_select",
            "query_targets/join",
            "query_targets/aggregation",
            "query_targets/complex",
        ),
        sql="reset role; drop extension pg_stat_statements",
    ),
)
