"""Measures the guide's own table of query optimizations on the bundled database."""

from perfcheck.reference.bench.run import measure
from perfcheck.reference.bench.table import FORMATS, console
from perfcheck.reference.bench.verdicts import Table, Verdict

__all__ = ["FORMATS", "Table", "Verdict", "console", "measure"]
