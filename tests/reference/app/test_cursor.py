import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfcheck.reference.app.cursor import Cursor, InvalidCursorError, decode

TIME = "2026-01-02T03:04:05.678900Z"
ID = "00000000-0000-4000-8000-00000000000a"
CURSOR = Cursor(datetime(2026, 1, 2, 3, 4, 5, 678900, UTC), UUID(ID))
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))


def forge(value: object, **options: object) -> str:
    return encode(json.dumps(value, **options).encode())  # type: ignore[arg-type] # any option


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES),  # noqa: DTZ001
    st.uuids(),
)
def test_a_cursor_survives_the_round_trip(moment: datetime, job_id: UUID) -> None:
    assert decode(Cursor(moment, job_id).encode()) == Cursor(moment, job_id)


def test_a_cursor_is_base64url_of_exactly_created_at_and_id() -> None:
    text = CURSOR.encode()
    assert json.loads(base64.urlsafe_b64decode(text + "==")) == {"created_at": TIME, "id": ID}
    assert "=" not in text


@pytest.mark.parametrize(
    "text",
    [
        forge({"created_at": TIME, "id": ID}),
        forge({"id": ID, "created_at": TIME}),
        forge({"created_at": "2026-01-02T03:04:05.678900+00:00", "id": ID}),
        forge({"created_at": "2026-01-02T05:04:05.6789+02:00", "id": ID}),
        base64.urlsafe_b64encode(json.dumps({"created_at": TIME, "id": ID}).encode()).decode(),
    ],
    ids=["spaces", "other order", "offset", "other zone", "padded"],
)
def test_a_position_that_a_client_encoded_itself_is_read(text: str) -> None:
    assert decode(text) == CURSOR


SPOILED = {
    "empty": "",
    "not base64": "%%%",
    "not json": encode(b"hello"),
    "a list": forge([TIME, ID]),
    "a list of pairs": forge([["created_at", TIME], ["id", ID]]),
    "a text": forge("x"),
    "an empty object": forge({}),
    "no id": forge({"created_at": TIME}),
    "no created_at": forge({"id": ID}),
    "an extra field": forge({"created_at": TIME, "id": ID, "x": 1}),
    "a field twice": encode(f'{{"id":"{ID}","created_at":"{TIME}","id":"{ID}"}}'.encode()),
    "a bad time": forge({"created_at": "yesterday", "id": ID}),
    "no such day": forge({"created_at": "2026-02-30T00:00:00Z", "id": ID}),
    "year zero": forge({"created_at": "0000-01-01T00:00:00Z", "id": ID}),
    "before year one": forge({"created_at": "0001-01-01T00:00:00+14:00", "id": ID}),
    "after year 9999": forge({"created_at": "9999-12-31T23:59:59-14:00", "id": ID}),
    "no zone": forge({"created_at": "2026-01-02T03:04:05", "id": ID}),
    "a date": forge({"created_at": "2026-01-02", "id": ID}),
    "other digits": forge({"created_at": "٢026-01-02T03:04:05Z", "id": ID}),
    "a bad uuid": forge({"created_at": TIME, "id": "1"}),
    "a uuid in braces": forge({"created_at": TIME, "id": "{" + ID + "}"}),
    "sql": forge({"created_at": TIME, "id": "' or 1=1 --"}),
    "nulls": forge({"created_at": None, "id": None}),
    "numbers": forge({"created_at": 1, "id": 2}),
    "infinity": forge({"created_at": float("inf"), "id": ID}),
    "nan": forge({"created_at": float("nan"), "id": ID}),
    "nested": forge({"created_at": {"created_at": TIME}, "id": [ID]}),
    "a nul": forge({"created_at": TIME + "\0", "id": ID}),
    "a nul byte": encode(b"\0"),
    "a lone surrogate": encode(rb'{"created_at":"\ud800","id":"x"}'),
    "not utf-8": encode(b"\xff\xfe\xfd"),
    "a line break": CURSOR.encode() + "\n",
    "a trailing mark": CURSOR.encode() + "!",
    "a trailing space": CURSOR.encode() + " ",
    "truncated": CURSOR.encode()[:-3],
    "one character": "A",
    "half its padding": CURSOR.encode() + "=",
    "too much padding": CURSOR.encode() + "===",
    "the standard alphabet": base64.b64encode(b'{"id":"\xc3\xbf\xc3\xbf??>>"}').decode(),
    "9 KB": "A" * 9216,
    "deeply nested": encode(b"[" * 180),
}


@pytest.mark.parametrize("text", SPOILED.values(), ids=SPOILED.keys())
def test_a_spoiled_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursorError):
        decode(text)


def test_stray_bits_after_the_last_byte_are_refused() -> None:
    # The last character of a text of this length holds bits that belong to no byte.
    text = forge({"created_at": TIME, "id": ID}, separators=(",", ":"))
    spaced = text if len(text) % 4 else forge({"created_at": TIME, "id": ID})
    assert len(spaced) % 4
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = spaced[:-1] + alphabet[alphabet.index(spaced[-1]) + 1]
    with pytest.raises(InvalidCursorError):
        decode(stray)


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        cursor = decode(text)
    except InvalidCursorError:
        return
    assert decode(cursor.encode()) == cursor


@given(st.binary(max_size=150))
def test_no_encoded_bytes_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(InvalidCursorError):
        decode(encode(raw))
