"""Makes rows of the table without measuring anything."""

from perfcheck.reference.bench.batch import Reads
from perfcheck.reference.bench.guide import BATCH
from perfcheck.reference.bench.intervals import Round
from perfcheck.reference.bench.statements import Comparison, shipped_comparisons
from perfcheck.reference.bench.timing import Seen, Timed
from perfcheck.reference.bench.verdicts import BatchRow, Table, judge_batch, judge_timed

SEQ = "Limit, Sort, Seq Scan"
INDEXED = "Limit, Index Only Scan using idx_jobs_list_covering"
LOOP = Reads("a loop", rows=100, pages=1, statements=101)


def seen(plan: str, rows: int = 50) -> Seen:
    return Seen(rows, plan, executor_ms=1.0, buffers=4)


def comparison(what: str = "List jobs") -> Comparison:
    (found,) = (each for each in shipped_comparisons() if each.promise.what == what)
    return found


def timed(*after_ms: float, what: str = "List jobs", before: Seen | None = None) -> Timed:
    """Time 1 ms of round trip, 101 ms of the slower side, and the given times of the faster."""
    rounds = tuple(Round(1.0, 101.0, each) for each in after_ms)
    return Timed(comparison(what), before or seen(SEQ), seen(INDEXED), rounds)


def batch(statements: int = 10, *, loop: Reads = LOOP) -> BatchRow:
    return judge_batch(BATCH, loop, [Reads("GET /x", 50, 10, statements)])


def table(*rows: Timed, batch_row: BatchRow | None = None) -> Table:
    return Table(
        scale=10,
        server="PostgreSQL 18.6",
        relations=("jobs: 1,000,000 rows, 300 MB",),
        conditions=("warm",),
        timed=tuple(map(judge_timed, rows)),
        batch=batch_row or batch(),
    )
