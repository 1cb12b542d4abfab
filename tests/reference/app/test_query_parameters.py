import pytest
from starlette.datastructures import QueryParams

from perfcheck.reference.app.errors import ApiError
from perfcheck.reference.app.query_parameters import JobListQuery, parse_job_list_query

CURSOR = (
    "eyJjcmVhdGVkX2F0IjoiMjAyNi0wMS0wMlQwMzowNDowNS42Nzg5MDBaIiwi"
    "aWQiOiIwMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMGEifQ"
)


def parse(query: str) -> JobListQuery:
    return parse_job_list_query(QueryParams(query))


def test_the_defaults_are_the_first_50_jobs() -> None:
    assert parse("") == JobListQuery(50, None, None, includes_latest_execution=False)


@pytest.mark.parametrize(("text", "limit"), [("1", 1), ("50", 50), ("500", 500), ("007", 7)])
def test_a_limit_from_1_to_500_is_taken(text: str, limit: int) -> None:
    assert parse(f"limit={text}").limit == limit


@pytest.mark.parametrize(
    "query",
    [
        *(f"limit={text}" for text in ("0", "501", "-1", "+1", "1.5", "", "a", "1e2", "%00", "٣")),
        *(f"cursor={text}" for text in ("", "x", "%00", CURSOR[:-1], f"{CURSOR}!")),
        *(f"status={text}" for text in ("", "A", "a%00", "a" * 33, "' or 1=1")),
        *(f"include={text}" for text in ("", "executions", "latest_execution,x")),
        *("limit=1&limit=2", f"cursor={CURSOR}&cursor={CURSOR}", "status=a&status=b"),
    ],
)
def test_a_malformed_parameter_is_refused_with_400(query: str) -> None:
    with pytest.raises(ApiError) as error:
        parse(query)
    assert error.value.status == 400


def test_an_unknown_parameter_is_ignored() -> None:
    assert parse("colour=red") == parse("")


def test_every_parameter_is_part_of_the_cache_key() -> None:
    queries = ["", "limit=7", "status=active", "include=latest_execution", f"cursor={CURSOR}"]
    assert len({parse(query).cache_key_parts() for query in queries}) == len(queries)


def test_equal_pages_share_a_cache_key() -> None:
    assert parse("limit=50").cache_key_parts() == parse("limit=050&x=1").cache_key_parts()
