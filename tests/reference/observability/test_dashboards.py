"""Every panel of the dashboards queries metrics that the service exposes; a fault breaks one."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from perfcheck.data import bundled
from perfcheck.reference.app import create_app
from perfcheck.reference.app.settings import Settings
from perfcheck.reference.faults.base import Fault
from perfcheck.reference.faults.dashboards import FAULTS

FOLDER = bundled("specs", "reconciliation", "observability", "dashboards")
Json = dict[str, Any]  # Any: JSON

# What the guide wants to see, and so what the spec's `shows` declares.
SHOWN = {
    "API Performance": {
        *("http_requests_total", "http_request_errors_total"),
        "http_request_duration_seconds_bucket",
    },
    "Business Metrics": {"reconciliations_total", "match_rate", "reconciliation_failures_total"},
    "System Health": {"db_pool_in_use", "queue_depth", "cache_hits_total", "cache_misses_total"},
}


def shipped() -> dict[str, str]:
    """Return the text of each dashboard by its path in the spec's folder."""
    return {
        f"observability/dashboards/{path.name}": path.read_text(encoding="utf-8")
        for path in sorted(FOLDER.glob("*.json"))
    }


def dashboards() -> list[Json]:
    return [json.loads(text) for text in shipped().values()]


def panels() -> Iterator[Json]:
    for dashboard in dashboards():
        yield from dashboard["panels"]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def exposed(anyio_backend: str) -> set[str]:
    """Return the names of the samples on the page; it needs no database."""
    app = create_app(Settings(db_dsn="host=127.0.0.1 port=1", pool_timeout_s=0.1))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        page = (await client.get("/metrics")).text
    return {re.split(r"[{ ]", line)[0] for line in page.splitlines() if line[0] != "#"}


def metrics_of(query: str) -> set[str]:
    """Return the metrics that a query reads. Raises ValueError when it is no PromQL."""
    promql = pytest.importorskip("promql_parser")
    found: set[str] = set()

    def visit(node: Any) -> None:  # Any: promql_parser brings no types
        if isinstance(node, promql.VectorSelector):
            found.add(node.name)

    expanded = query.replace("$__rate_interval", "5m").replace("$__range", "1h")
    promql.walk(promql.parse(expanded), pre_visit=visit)
    return found


def problems(dashboard: Json, exposed: set[str]) -> list[str]:
    """Return the titles of the panels that would show nothing."""
    return [panel["title"] for panel in dashboard["panels"] if not _shows(panel, exposed)]


def _shows(panel: Json, exposed: set[str]) -> bool:
    try:
        names = [metrics_of(target["expr"]) for target in panel["targets"]]
    except ValueError:
        return False
    return bool(names) and all(found and found <= exposed for found in names)


def test_there_is_one_dashboard_for_each_subject() -> None:
    assert {dashboard["title"] for dashboard in dashboards()} == set(SHOWN)


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda found: found["title"])
def test_every_panel_queries_what_the_service_exposes(dashboard: Json, exposed: set[str]) -> None:
    assert problems(dashboard, exposed) == []


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda found: found["title"])
def test_a_dashboard_shows_what_the_guide_asks_for(dashboard: Json) -> None:
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert set().union(*map(metrics_of, queries)) >= SHOWN[dashboard["title"]]


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda found: found["title"])
def test_a_dashboard_asks_which_prometheus_and_every_query_uses_the_answer(
    dashboard: Json,
) -> None:
    (variable,) = dashboard["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    for panel in dashboard["panels"]:
        for asked in (panel, *panel["targets"]):
            assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda found: found["title"])
def test_panels_have_ids_of_their_own_and_do_not_overlap(dashboard: Json) -> None:
    assert dashboard["schemaVersion"] == 42
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    cells = [cell for panel in dashboard["panels"] for cell in _cells(panel["gridPos"])]
    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)


def _cells(place: dict[str, int]) -> list[tuple[int, int]]:
    columns = range(place["x"], place["x"] + place["w"])
    return [(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])]


def test_every_panel_has_a_unit_and_says_what_it_shows() -> None:
    for panel in panels():
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["description"].endswith(".")


def test_every_legend_names_labels_that_the_query_keeps() -> None:
    for panel in panels():
        for target in panel["targets"]:
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            kept = re.search(r"by \(([\w, ]+)\)", target["expr"])
            assert shown <= set(re.findall(r"\w+", kept[1] if kept else ""))


BROKEN = {
    "dashboard-wrong-metric": "Errors",
    "dashboard-empty-panel": "Match rate",
    "dashboard-broken-query": "Queue depth",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_leaves_one_panel_of_one_dashboard_without_data(
    fault: Fault, exposed: set[str]
) -> None:
    ((path, text),) = fault.files.items()
    bad = json.loads(text)
    assert problems(bad, exposed) == [BROKEN[fault.name]]
    assert fault.breaks == (f"dashboards/{bad['title'].lower().replace(' ', '-')}",)
    good = json.loads(shipped()[path])
    assert good["title"] == bad["title"]
    differing = [
        panel["title"]
        for panel, other in zip(good["panels"], bad["panels"], strict=True)
        if panel != other
    ]
    assert differing == [BROKEN[fault.name]]
