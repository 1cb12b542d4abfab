"""Writes the guide's table beside the measured one: for people, as Markdown, as JSON; pure."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from perfcheck.reference.bench.intervals import Estimate
from perfcheck.reference.bench.timing import Seen
from perfcheck.reference.bench.verdicts import BatchRow, Table, TimedRow, Verdict

_SIGNS = {
    Verdict.REACHED: "✓",
    Verdict.MISSED: "✗",
    Verdict.UNDECIDED: "?",
    Verdict.NOT_COMPARABLE: "?",
    Verdict.SHOWN: " ",
}
_HEAD = ("what", "guide", "gain", "measured", "gain", "95 % interval", "verdict")


def console(table: Table) -> str:
    """Write the table with aligned columns, the rows' details, and the conditions."""
    rows = [_HEAD, *_rows(table)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines += ["", *_details(table), "", *_conditions(table), "", _sum(table)]
    return "".join(f"{line}\n" for line in lines)


def markdown(table: Table) -> str:
    """Write the same as a document."""
    lines = ["# Query optimizations, measured", ""]
    lines += [_line(_HEAD), _line(["-"] * len(_HEAD)), *map(_line, _rows(table)), ""]
    lines += [f"- {line}" for line in _details(table)]
    lines += ["", *(f"- {line}" for line in _conditions(table)), "", _sum(table)]
    return "".join(f"{line}\n" for line in lines)


def as_json(table: Table) -> str:
    """Write everything: `perfcheck-bench/1`; times in milliseconds, gains from 0 to 1."""
    written = {"schema": "perfcheck-bench/1", "verdict": table.worst, **asdict(table)}
    return json.dumps(written, indent=2) + "\n"


FORMATS = {"markdown": markdown, "json": as_json}


def _rows(table: Table) -> Iterator[tuple[str, ...]]:
    yield from map(_timed_cells, table.timed)
    yield _batch_cells(table.batch)


def _timed_cells(row: TimedRow) -> tuple[str, ...]:
    promise = row.promise
    times = "{:g} → {:g} ms".format(*promise.times_ms) if promise.times_ms else "-"
    return (
        promise.what,
        times,
        "-" if promise.gain is None else f"{promise.gain:.1%}",
        f"{_ms(row.net_before_ms)} → {_ms(row.net_after_ms)} ms",
        _percent(row.gain.value),
        f"{_percent(row.gain.low)} to {_percent(row.gain.high)}",
        f"{_SIGNS[row.verdict]} {row.verdict}",
    )


def _batch_cells(row: BatchRow) -> tuple[str, ...]:
    before, after = row.loop.per_page, max(reads.per_page for reads in row.api)
    return (
        row.promise.what,
        f"{row.promise.before} → {row.promise.after} statements",
        f"{1 - row.promise.after / row.promise.before:.1%}",
        f"{before:g} → {after:g} statements",
        f"{1 - after / before:.1%}" if before else "-",
        "counted",
        f"{_SIGNS[row.verdict]} {row.verdict}",
    )


def _details(table: Table) -> Iterator[str]:
    for row in table.timed:
        yield (
            f"{row.promise.what}: {_side(row.before_label, row.before_ms, row.before)};"
            f" {_side(row.after_label, row.after_ms, row.after)};"
            f" round trip, in both: {_interval(row.trip_ms)} ms;"
            f" {row.rounds} rounds{_because(row.why)}"
        )
    batch = table.batch
    counted = "; ".join(
        f"{reads.how}: {reads.statements} statements for {reads.pages}"
        f" {'page' if reads.pages == 1 else 'pages'} of {reads.rows} rows"
        for reads in (batch.loop, *batch.api)
    )
    yield f"{batch.promise.what}: {counted}{_because(batch.why)}"


def _side(label: str, took_ms: Estimate, seen: Seen) -> str:
    return (
        f"{label} {_interval(took_ms)} ms ({seen.plan}; {seen.rows} rows,"
        f" executor {_ms(seen.executor_ms)} ms, {seen.buffers:,} buffers)"
    )


def _conditions(table: Table) -> Iterator[str]:
    yield f"{table.server}, scale {table.scale:g}; {'; '.join(table.relations)}"
    yield from table.conditions


def _sum(table: Table) -> str:
    counts = ((verdict, table.verdicts.count(verdict)) for verdict in Verdict)
    return ", ".join(f"{count} {verdict}" for verdict, count in counts if count)


def _because(why: str) -> str:
    return f"; not comparable: {why}" if why else ""


def _interval(estimate: Estimate) -> str:
    return f"{_ms(estimate.value)} [{_ms(estimate.low)}, {_ms(estimate.high)}]"


def _ms(value: float) -> str:
    """Write milliseconds with three digits that count."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _percent(share: float) -> str:
    """Write a gain with two places, rounded down: 99.396 % must not read as 99.4 %."""
    return f"{math.floor(share * 10_000) / 100:.2f}%"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
