import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars

from perfcheck.reference.app.event_log import EventLog
from perfcheck.reference.app.event_log_faults import LoggingSwitches
from perfcheck.reference.app.observation import Observation
from perfcheck.reference.app.sampling import is_sampled

TRACES = [f"{number:032x}" for number in range(200)]
SAMPLED = {trace for trace in TRACES if is_sampled(trace, 0.1)}
ACCESS = '%s - "%s %s HTTP/%s" %d'
PERSONAL = "/jobs/4111111111111111?to=ada%40example.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.jsonl"


@pytest.fixture
def log(path: Path) -> Iterator[EventLog]:
    log = EventLog(str(path))
    log.open()
    yield log
    log.close()


def lines(path: Path) -> list[dict[str, Any]]:  # Any: JSON
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def log_access(path: str) -> None:
    logging.getLogger("uvicorn.access").info(ACCESS, "127.0.0.1:1", "GET", path, "1.1", 200)


def fail() -> None:
    raise ValueError("hunter2")


def write_traces(path: Path, switches: LoggingSwitches | None = None) -> EventLog:
    log = EventLog(str(path), sample_ratio=0.1, switches=switches)
    for trace in TRACES:
        with bound_contextvars(trace_id=trace, tenant_id="t"):
            log.observe_request(Observation("GET", "/", 200, 0.1))
            log.observe_request(Observation("GET", "/", 404, 0.1))
            log.observe_request(Observation("GET", "/", 500, 0.1))
    log.close()
    return log


def test_every_line_has_the_same_first_fields(log: EventLog, path: Path) -> None:
    log.observe_request(Observation("GET", "/", 200, 0.1))
    log.record_bug(ValueError("hunter2"))
    log_access("/jobs")
    logging.getLogger("uvicorn.error").info("Started\n")
    found = lines(path)
    assert [line["message"] for line in found] == [
        *("request", "unexpected error", "access", "Started")
    ]
    for line in found:
        assert list(line)[:5] == ["timestamp", "level", "message", "trace_id", "tenant_id"]


def test_the_servers_access_line_is_an_event_without_personal_data(
    log: EventLog, path: Path
) -> None:
    with bound_contextvars(trace_id=TRACES[0], tenant_id="t"):
        log_access(PERSONAL)
    (line,) = lines(path)
    assert (line["message"], line["level"], line["method"]) == ("access", "info", "GET")
    assert (line["path"], line["status"]) == ("/jobs/[card]?to=[email]", 200)
    assert (line["trace_id"], line["tenant_id"]) == (TRACES[0], "t")
    assert "127.0.0.1" not in path.read_text(encoding="utf-8")


def test_a_librarys_error_is_told_by_class_and_place(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    log = EventLog(str(path))
    log.open()
    try:
        fail()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in %s", "ada@example.com")
    log.close()
    (line,) = lines(path)
    assert (line["message"], line["level"]) == ("Exception in [email]", "error")
    assert line["error"] == "ValueError"
    assert line["place"].startswith("test_event_log.py:")
    assert "hunter2" not in path.read_text(encoding="utf-8")
    # Whoever started the server sees why it ends, in the same form.
    assert json.loads(capsys.readouterr().err)["message"] == "Exception in [email]"


@pytest.mark.usefixtures("log")
def test_what_drivers_and_exporters_say_is_not_repeated(path: Path) -> None:
    logging.getLogger("psycopg.pool").warning("connecting to host=db user=hunter2")
    logging.getLogger("opentelemetry.exporter.otlp").error("no collector")
    assert [line["message"] for line in lines(path)] == ["driver warning"]


def test_the_libraries_get_their_own_logs_back(log: EventLog) -> None:
    names = ("uvicorn.error", "uvicorn.access")
    assert all(logging.getLogger(name).handlers for name in names)
    log.close()
    assert not any(logging.getLogger(name).handlers for name in names)
    assert all(logging.getLogger(name).propagate for name in names)


def test_a_trace_is_logged_as_a_whole_or_not_at_all(path: Path) -> None:
    write_traces(path)
    infos = [line["trace_id"] for line in lines(path) if line["level"] == "info"]
    assert set(infos) == SAMPLED
    assert len(infos) == 2 * len(SAMPLED)


def test_every_error_is_logged(path: Path) -> None:
    write_traces(path)
    assert [line["trace_id"] for line in lines(path) if line["level"] == "error"] == TRACES


def test_a_line_of_no_trace_is_logged(path: Path) -> None:
    log = EventLog(str(path), sample_ratio=0)
    log.observe_request(Observation("GET", "/", 200, 0.1))
    log.close()
    assert len(lines(path)) == 1


def test_errors_can_be_sampled_on_purpose(path: Path) -> None:
    write_traces(path, LoggingSwitches(samples_errors=True))
    assert {line["trace_id"] for line in lines(path)} == SAMPLED


def test_personal_data_in_any_field_is_hidden(path: Path) -> None:
    log = EventLog(str(path))
    log.observe_request(Observation("GET", "/ada@example.com", 200, 0.1))
    log.close()
    assert lines(path)[0]["route"] == "/[email]"
