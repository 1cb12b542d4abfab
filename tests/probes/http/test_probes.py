"""The questions themselves: how many, in which order, and what is kept of an answer."""

import asyncio
import zlib

import pytest

from perfcheck.errors import ProbeError
from perfcheck.probes.http.compression_threshold import interpolate, is_between
from perfcheck.probes.http.negotiation import Negotiated, Negotiation, NegotiationFacts
from perfcheck.probes.http.path import read_limit, with_limit
from perfcheck.probes.http.reply import keep
from perfcheck.probes.http.together import together


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/jobs?limit=100", 100),
        ("/jobs?status=failed&limit=20", 20),
        ("/jobs?limit=20&cursor=abc", 20),
        ("/jobs", None),
        ("/jobs?rate_limit=5", None),
        ("/jobs?limit=", None),
        ("/jobs?limit=all", None),
        ("/jobs?limit=0", None),
    ],
)
def test_the_limit_of_a_path(path: str, limit: int | None):
    assert read_limit(path) == limit
    if limit is not None:
        assert read_limit(with_limit(path, 7)) == 7


def test_another_limit_leaves_the_rest_of_the_path():
    assert with_limit("/j/{job_id}?a=1&limit=50&b=2", 7) == "/j/{job_id}?a=1&limit=7&b=2"


@pytest.mark.parametrize("size_bytes", [151, 1024, 5000, 14_999])
def test_the_next_limit_lies_strictly_between_two(size_bytes: int):
    low, high = (1, 150), (100, 15_000)
    assert is_between(low, high, size_bytes)
    assert 1 < interpolate(low, high, size_bytes) < 100


@pytest.mark.parametrize(
    ("low", "high"),
    [((1, 150), (2, 300)), ((1, 400), (9, 900)), ((1, 100), (9, 200)), ((1, None), (9, 900))],
    ids=["no limit between", "both above", "both below", "unknown"],
)
def test_a_search_ends_where_nothing_is_left(
    low: tuple[int, int | None], high: tuple[int, int | None]
):
    assert not is_between(low, high, 300)


def test_no_header_that_may_hold_a_secret_is_kept():
    reply = keep(200, (("set-cookie", "s=1"), ("x-key", "k"), ("etag", '"7"')), b"body")
    assert reply.headers == (("etag", '"7"'),)


def test_a_bomb_is_garbage():
    with pytest.raises(ProbeError, match="more than") as error:
        keep(200, (("content-encoding", "gzip"),), _bomb())
    assert error.value.reason_code == "garbage"


def _bomb() -> bytes:
    encoder = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1024 * 1024)
    return b"".join([*(encoder.compress(block) for _ in range(40)), encoder.flush()])


def test_the_excerpt_of_a_joined_question_shows_its_own_part():
    reply = keep(200, (), b"body")
    facts = NegotiationFacts(
        answers=tuple(Negotiated(accept_encoding=a, reply=reply) for a in ("gzip", "br")),
        after=reply,
    )
    excerpt = Negotiation(subjects=frozenset({"br"}), path="/x").excerpt(facts)
    assert "'br'" in excerpt
    assert "'gzip'" not in excerpt
    with pytest.raises(ProbeError, match="not asked"):
        facts.reply("zstd")


def test_answers_come_back_in_the_order_of_the_questions():
    async def answer(n: int) -> int:
        await asyncio.sleep(0)
        return n

    assert asyncio.run(together(map(answer, range(5)))) == [0, 1, 2, 3, 4]


def test_the_first_error_ends_all_questions():
    ended: list[bool] = []

    async def fail() -> None:
        raise ProbeError("timeout", "too late")

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(ProbeError, match="too late"):
        asyncio.run(together((wait(), fail())))
    assert ended == [True]


def test_facts_survive_being_saved():
    reply = keep(200, (), b"body")
    answers = (Negotiated(accept_encoding=None, reply=reply),)
    facts = NegotiationFacts(answers=answers, after=reply)
    assert NegotiationFacts.model_validate_json(facts.model_dump_json()) == facts
