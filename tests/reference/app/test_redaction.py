from uuid import UUID

import pytest

from perfcheck.reference.app.redaction import KINDS, Redactor

EMAIL, PHONE, CARD, IBAN = (
    "pc7f3@example.com",
    "202-555-0143",
    "4111111111111111",
    "GB82WEST12345698765432",
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail ada@example.com now", "mail [email] now"),
        ("email=Ada.Love+x@mail.example.co.uk&a=1", "email=[email]&a=1"),
        ("<ada@example.com>, <bob@example.org>.", "<[email]>, <[email]>."),
        ("550e8400-e29b-41d4-a716-446655440000@example.com", "[email]"),
        ("x" * 100 + "@example.com", "x" * 36 + "[email]"),
        ("call 202-555-0143.", "call [phone]."),
        ("call (202) 555-0143", "call [phone]"),
        ("202.555.0143/202 555 0143", "[phone]/[phone]"),
        ("+1 202-555-0143", "[phone]"),
        ("1-202-555-0143", "[phone]"),
        ("tel:+12025550143", "tel:[phone]"),
        ("+44 20 7946 0958", "[phone]"),
        ("+49 (0)30 901820", "[phone]"),
        ("card 4111111111111111 declined", "card [card] declined"),
        ("4111 1111 1111 1111", "[card]"),
        ("4111-1111-1111-1111", "[card]"),
        ("3782 822463 10005", "[card]"),
        ("pan=5555555555554444&x=1", "pan=[card]&x=1"),
        ("2026 4111 1111 1111 1111 12", "2026 [card] 12"),
        ("4111111111111111 5555555555554444", "[card] [card]"),
        ("2223003122003222", "[card]"),
        ("at 2026-11-02 4111111111111111", "at 2026-11-02 [card]"),
        ("iban GB82WEST12345698765432.", "iban [iban]."),
        ("GB82 WEST 1234 5698 7654 32 is paid", "[iban] is paid"),
        ("gb82west12345698765432", "[iban]"),
        ("DE89 3704 0044 0532 0130 00", "[iban]"),
        ("de89370400440532013000", "[iban]"),
        ("NO9386011117947", "[iban]"),
        ("AB12 4111 1111 1111 1111", "AB12 [card]"),
        ("ada@example.com 4111111111111111", "[email] [card]"),
    ],
)
def test_personal_data_is_hidden(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/jobs?email=ada%40example.com&limit=1", "/jobs?email=[email]&limit=1"),
        ("/jobs?email=ada%2540example.com", "/jobs?email=[email]"),
        ("/jobs?phone=%2B1%20202-555-0143", "/jobs?phone=[phone]"),
        ("/jobs?phone=%2B1+202-555-0143", "/jobs?phone=[phone]"),
        ("/jobs?card=4111+1111+1111+1111", "/jobs?card=[card]"),
        ("/jobs?card=4111%201111%201111%201111", "/jobs?card=[card]"),
        ("/jobs?iban=GB82+WEST+1234+5698+7654+32", "/jobs?iban=[iban]"),
        ("/jobs/ada%40%65xample.com", "/jobs/[email]"),
        ("a@example.com?to=b%40example.com", "[email]?to=[email]"),
    ],
)
def test_personal_data_is_hidden_behind_escapes(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00000000-0000-4000-8000-000000000001",
        "41111111-1111-4111-8111-111111111111",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "41111111111111111111111111111111",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0041111111111111-01",
        "2026-11-02T03:00:47.123456Z",
        "2026-11-02 03:00:47.123456+00:00",
        "2026-11-02T03:00:47+02:00",
        "1795576480875690905",  # nanoseconds
        "1795576480875",
        "1795576480.875690",
        "1,234,567.89",
        "1 234 567 890 123.45",
        "0.4111111111111111",
        "4111111111111112",  # fails Luhn
        "9999999999999995",  # passes it, but nobody issues it
        "411111111111111",  # too short
        "41111111111111111111",  # too long
        "x4111111111111111",  # part of a word
        "GB82WEST12345698765433",  # fails mod 97
        "GB82WEST1234569876543",  # too short
        "GB82WEST123456987654321",  # too long
        "ZZ82WEST12345698765432",  # no country
        "127.0.0.1:54321",
        "192.168.100.200",
        "v3.11.7-rc1",
        "2025550143",  # digits alone are more often an id
        "202-555-01434",
        "102-555-0143",  # no area code begins with 1
        "+100",
        "a@b",
        "user@localhost",
        "@app.route",
        "50% of 40%zz",
        "/api/v1/jobs?cursor=eyJhIjoxfQ%3D%3D",
        "select id from jobs where tenant_id = %(tenant)s limit %(rows)s",
    ],
)
def test_what_only_looks_like_it_stays_as_it_is(text: str) -> None:
    assert Redactor().text(text) == text


def test_values_are_redacted_at_any_depth() -> None:
    found = Redactor().value(
        {
            "a": [EMAIL, {"b": (PHONE, None, True, 1.5)}],
            EMAIL: int(CARD),
            "error": ValueError(f"bad {IBAN}"),
            "id": UUID(int=1),
        }
    )
    assert found == {
        "a": ["[email]", {"b": ["[phone]", None, True, 1.5]}],
        "[email]": "[card]",
        "error": "ValueError: bad [iban]",
        "id": str(UUID(int=1)),
    }


@pytest.mark.parametrize(
    "number", [0, -1, 200, 1795576480875690905, 0.25, 1e300, 0.4111111111111111]
)
def test_numbers_stay_numbers(number: float) -> None:
    assert Redactor().value(number) is number


@pytest.mark.parametrize("kind", KINDS)
def test_a_redactor_hides_its_own_kinds_only(kind: str) -> None:
    values = {"email": EMAIL, "phone": PHONE, "card": CARD, "iban": IBAN}
    text = " ".join(values.values())
    assert Redactor([kind]).text(text) == text.replace(values[kind], f"[{kind}]")


def test_a_text_that_takes_too_long_to_read_is_not_shown() -> None:
    assert Redactor().text("a" * 4096) == "a" * 4096
    assert Redactor().text("a" * 4097) == "[too long]"
