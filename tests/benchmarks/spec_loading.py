"""Loading a spec of 10,000 lines, beside what PyYAML alone needs for its text."""

import tempfile
from pathlib import Path

import yaml

from perfcheck.spec.load import Asked, load_spec
from tests.benchmarks.measure import Row, medians

_HEAD = "perfcheck: 1\nname: large\ntargets:\n  db: {kind: postgres, dsn: x}\nindexes:\n"
_ENTRY = (
    "  - name: idx_{i}\n    table: jobs\n    columns: [tenant_id, created_at DESC]\n"
    "    analyzed_within: 7d\n    rationale: Job lists read the newest first.\n"
)
_LINES = 10_000


def rows() -> list[Row]:
    """Measure in one process, the parser alone and the whole loader in turns."""
    text = _HEAD + "".join(_ENTRY.format(i=i) for i in range(_LINES // 5))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "perfcheck.yaml"
        file.write_text(text, "utf-8")
        found = medians(
            {
                "CSafeLoader alone": lambda: yaml.load(text, Loader=yaml.CSafeLoader),
                f"load_spec, {_LINES:,} lines": lambda: load_spec(file, Asked(environ={})),
            },
            rounds=5,
        )
    alone = found["CSafeLoader alone"]
    return [
        Row(name, taken, taken / alone, "CSafeLoader alone", "1 s" if "spec" in name else "")
        for name, taken in found.items()
    ]
