"""Faults that push one key metric over its threshold; the queue has a file of its own."""

from perfcheck.reference.faults.base import Fault

FAULTS = (
    Fault(
        name="error-rate-high",
        shows="2 % of the requests are recorded as failed; 1 % is allowed.",
        breaks=("thresholds/error-rate",),
        switches={"thresholds": {"failed_every": 50}},
    ),
    Fault(
        name="p95-latency-high",
        shows="A fifth of the requests are recorded as 300 ms slower than they were.",
        breaks=("thresholds/p95-latency",),
        switches={"thresholds": {"slow_every": 5}},
    ),
    Fault(
        name="db-pool-exhausted",
        shows="Nine of the ten connections of the pool were lent and never given back.",
        breaks=("thresholds/db-pool",),
        switches={"thresholds": {"leaked_connections": 9}},
    ),
    Fault(
        name="cache-cold",
        shows="Two of three cache reads ask for keys that are never filled.",
        breaks=("thresholds/cache-hit-rate",),
        switches={"thresholds": {"useless_cache_reads": 2}},
    ),
)
