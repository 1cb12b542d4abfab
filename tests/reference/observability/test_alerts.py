"""Each alert fires above the threshold of the guide and is silent below; a fault changes that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfcheck.data import bundled
from perfcheck.reference.faults.alerts import FAULTS
from perfcheck.reference.faults.base import Fault
from tests.reference.observability.promtool import Scenario, are_valid, hold, require_promtool

RULES = bundled("specs", "reconciliation", "observability", "alerts", "key-metrics.yaml")

# alert -> (what it watches, silent at, fires at)
LEVELS: Mapping[str, tuple[str, tuple[float, ...], tuple[float, ...]]] = {
    "ErrorRateHigh": ("errors", (0, 0.009, 0.01), (0.011, 0.02, 1)),
    "LatencyP95High": ("slow", (0, 0.045, 0.05), (0.055, 0.1, 1)),
    "DatabasePoolNearlyExhausted": ("pool", (0, 0.5, 0.8), (0.81, 1)),
    "QueueTooDeep": ("queue", (0, 999, 1000), (1001, 2000)),
    "CacheHitRateLow": ("hits", (0.5, 0.51, 1), (0.49, 0)),
}
FAULTY = {
    "alert-typo": "ErrorRateHigh",
    "alert-wrong-unit": "LatencyP95High",
    "alert-wrong-threshold": "QueueTooDeep",
    "alert-mean-for-p95": "LatencyP95High",
    "alert-too-eager": "DatabasePoolNearlyExhausted",
    "alert-unmatched-labels": "CacheHitRateLow",
}


def around_the_threshold(alert: str) -> list[Scenario]:
    knob, silent, firing = LEVELS[alert]
    return [Scenario({knob: level}) for level in silent] + [
        Scenario({knob: level}, [alert]) for level in firing
    ]


def good_rules() -> str:
    return RULES.read_text(encoding="utf-8")


def rules_under(fault: Fault) -> str:
    (text,) = fault.files.values()
    return text


def alerts_in(rules: str) -> list[dict[str, Any]]:  # Any: YAML
    groups = yaml.safe_load(rules)["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_each_key_metric_has_one_alert_that_says_how_bad_it_is_and_where_to_look() -> None:
    alerts = alerts_in(good_rules())
    assert [rule["alert"] for rule in alerts] == list(LEVELS)
    for rule in alerts:
        assert rule["for"] in {"5m", "10m"}
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description", "dashboard"}
        assert "$value" in rule["annotations"]["description"]


def test_each_alert_names_a_dashboard_that_exists() -> None:
    folder = RULES.parents[1] / "dashboards"
    titles = {yaml.safe_load(p.read_text(encoding="utf-8"))["title"] for p in folder.iterdir()}
    assert {rule["annotations"]["dashboard"] for rule in alerts_in(good_rules())} <= titles


def test_prometheus_loads_the_rules(tmp_path: Path) -> None:
    require_promtool()
    assert are_valid(good_rules(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("alert", LEVELS)
def test_an_alert_fires_above_its_threshold_only_and_alone(alert: str, tmp_path: Path) -> None:
    require_promtool()
    assert hold(good_rules(), around_the_threshold(alert), tmp_path) == ""


@pytest.mark.parametrize(
    "levels",
    [
        {"requests": 10, "errors": 0.1},
        {"requests": 10, "slow": 0.5},
        {"requests": 5, "hits": 0},
        {"requests": 0},
    ],
    ids=["errors", "slow", "misses", "idle"],
)
def test_a_few_events_are_no_alarm(levels: Mapping[str, float], tmp_path: Path) -> None:
    require_promtool()
    assert hold(good_rules(), [Scenario(levels)], tmp_path) == ""


def test_what_has_just_begun_is_no_alarm_yet(tmp_path: Path) -> None:
    require_promtool()
    all_bad = {"errors": 1, "slow": 1, "pool": 1, "queue": 5000, "hits": 0}
    assert hold(good_rules(), [Scenario(all_bad, last_steps=4)], tmp_path) == ""


def test_everything_at_once_fires_everything(tmp_path: Path) -> None:
    require_promtool()
    all_bad = {"errors": 1, "slow": 1, "pool": 1, "queue": 5000, "hits": 0}
    assert hold(good_rules(), [Scenario(all_bad, list(LEVELS))], tmp_path) == ""


def test_every_fault_of_the_alerts_is_tested_here() -> None:
    assert {fault.name for fault in FAULTS} == set(FAULTY)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_one_rule_of_the_shipped_file(fault: Fault) -> None:
    assert list(fault.files) == ["observability/alerts/key-metrics.yaml"]
    good, bad = alerts_in(good_rules()), alerts_in(rules_under(fault))
    changed = [rule["alert"] for rule, other in zip(good, bad, strict=True) if rule != other]
    assert changed == [FAULTY[fault.name]]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_prometheus_loads_a_fault_without_a_word_and_one_alert_is_wrong(
    fault: Fault, tmp_path: Path
) -> None:
    require_promtool()
    rules = rules_under(fault)
    assert are_valid(rules, tmp_path)
    others = [s for alert in LEVELS if alert != FAULTY[fault.name] for s in _firing(alert)]
    assert hold(rules, others, tmp_path) == ""
    assert hold(rules, around_the_threshold(FAULTY[fault.name]), tmp_path) != ""


def _firing(alert: str) -> list[Scenario]:
    return [scenario for scenario in around_the_threshold(alert) if scenario.firing]
