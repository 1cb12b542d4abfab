"""Run every benchmark and print one Markdown table."""

import os
import platform

from tests.benchmarks import spec_loading, startup, verifying
from tests.benchmarks.measure import table


def main() -> None:
    """Measure; the ratios are what can be compared between machines."""
    rows = [*startup.rows(), *spec_loading.rows(), *verifying.rows()]
    machine = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    print(f"### perfcheck, {machine}\n\n{table(rows)}")  # noqa: T201 - this is its output


if __name__ == "__main__":
    main()
