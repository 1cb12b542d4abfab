"""Run alert rules offline, on made-up series, in the engine of Prometheus itself."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

INTERVAL_S = 60
LABELS = 'job="api",instance="api:80"'
HEALTHY: Mapping[str, float] = MappingProxyType(
    {"requests": 600, "errors": 0.001, "slow": 0.01, "pool": 0.2, "queue": 10, "hits": 0.9}
)
_STEPS = 40  # minutes
_POOL_SIZE = 10
_TIMEOUT_S = 60


@dataclass(frozen=True)
class Scenario:
    """The service at some levels, and the alerts that must fire at the end.

    `requests` are per minute, as many as reads of the cache; the others are shares, but for the
    queue. The levels hold from the beginning, or for the last steps only.
    """

    levels: Mapping[str, float]
    firing: Sequence[str] = ()
    last_steps: int = _STEPS
    healthy: Mapping[str, float] = field(default_factory=lambda: HEALTHY)


def require_promtool() -> None:
    """Skip the test where promtool is not installed."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")


def are_valid(rules: str, folder: Path) -> bool:
    """Say whether Prometheus would load the rules."""
    path = folder / "rules.yaml"
    path.write_text(rules, encoding="utf-8")
    return _run("check", "rules", str(path)).returncode == 0


def hold(rules: str, scenarios: Sequence[Scenario], folder: Path) -> str:
    """Return the empty text if in each scenario exactly its alerts fire, else what was seen."""
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    tests = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": f"{INTERVAL_S}s",
        "tests": [_test(scenario) for scenario in scenarios],
    }
    path = folder / "tests.yaml"
    path.write_text(yaml.safe_dump(tests), encoding="utf-8")
    run = _run("test", "rules", str(path))
    return "" if run.returncode == 0 else run.stdout + run.stderr


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["promtool", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)


def _test(scenario: Scenario) -> dict[str, Any]:  # Any: YAML
    levels = {**scenario.healthy, **scenario.levels}
    before, after = _series(scenario.healthy), _series(levels)
    first_steps = _STEPS - scenario.last_steps
    return {
        "name": str(dict(scenario.levels)),
        "interval": f"{INTERVAL_S}s",
        "input_series": [
            {"series": name, "values": _values(before[name], after[name], first_steps)}
            for name in before
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{_STEPS * INTERVAL_S}s",
                "exp_samples": [
                    {"labels": f'{{alertname="{name}"}}', "value": 1} for name in scenario.firing
                ],
            }
        ],
    }


def _values(before: tuple[str, float], after: tuple[str, float], first_steps: int) -> str:
    kind, early = before
    late = after[1]
    if kind == "gauge":
        return " ".join([str(early)] * first_steps + [str(late)] * (_STEPS + 1 - first_steps))
    values = [round(early * step, 3) for step in range(first_steps)]
    start = early * first_steps
    values += [round(start + late * step, 3) for step in range(_STEPS + 1 - first_steps)]
    return " ".join(map(str, values))


def _series(levels: Mapping[str, float]) -> dict[str, tuple[str, float]]:
    """Return each series with its kind and its growth a step, or its level."""
    events = levels["requests"] * INTERVAL_S / 60
    errors, slow, hits = levels["errors"], levels["slow"], levels["hits"]
    route = f'{LABELS},method="GET",route="/r"'
    duration = "http_request_duration_seconds"
    # Fast ones take 40 ms, slow ones 400 ms.
    within = {"0.05": 1 - slow, "0.1": 1 - slow, "0.2": 1 - slow, "0.5": 1, "+Inf": 1}
    counters = {
        f'http_requests_total{{{route},status="200"}}': 1 - errors,
        f'http_requests_total{{{route},status="500"}}': errors,
        f"http_request_errors_total{{{route}}}": errors,
        **{f'{duration}_bucket{{{route},le="{le}"}}': share for le, share in within.items()},
        f"{duration}_count{{{route}}}": 1,
        f"{duration}_sum{{{route}}}": (1 - slow) * 0.04 + slow * 0.4,
        f"cache_hits_total{{{LABELS}}}": hits,
        f"cache_misses_total{{{LABELS}}}": 1 - hits,
    }
    gauges = {
        f"db_pool_in_use{{{LABELS}}}": levels["pool"] * _POOL_SIZE,
        f"db_pool_size{{{LABELS}}}": _POOL_SIZE,
        f"queue_depth{{{LABELS}}}": levels["queue"],
    }
    return {name: ("counter", share * events) for name, share in counters.items()} | {
        name: ("gauge", float(level)) for name, level in gauges.items()
    }
