"""Find card numbers and IBANs by their check digits, and hide them."""

import re
from collections.abc import Iterator

# Digits in groups; one separator between two. Not the decimals of a number.
_DIGIT_RUN = re.compile(r"(?<![0-9A-Za-z])(?<![0-9]\.)[0-9](?:[ +\xa0-]?[0-9]){12,}(?![0-9A-Za-z])")
_DIGIT_GROUP = re.compile(r"[0-9]+")
# The issuers' ranges of ISO/IEC 7812 that are in use, and the lengths that they issue.
_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),  # Visa
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), (16,)),  # Mastercard
    (re.compile(r"3[47]"), (15,)),  # American Express
    (re.compile(r"3(?:0[0-5]|[689])"), (14, 16, 19)),  # Diners Club
    (re.compile(r"35(?:2[89]|[3-8])"), (16, 19)),  # JCB
    (re.compile(r"6(?:011|4[4-9]|5)"), (16, 19)),  # Discover
    (re.compile(r"62"), (16, 17, 18, 19)),  # UnionPay
    (re.compile(r"5[06-8]|6[37]"), (13, 14, 15, 16, 17, 18, 19)),  # Maestro
)

_IBAN_START = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?=[ +-]?[0-9A-Za-z])")
_IBAN_CHARACTER = re.compile(r"[ +-]?([0-9A-Za-z])")
# The IBAN registry of SWIFT, release 99: country, length.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH CR HR LI LV",
        22: "BG BH DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}


def hide_cards(text: str) -> str:
    """Replace each card number by [card]; its digits may be in groups."""
    return _DIGIT_RUN.sub(lambda run: _hide_spans(run[0], _cards(run[0]), "[card]"), text)


def hide_ibans(text: str) -> str:
    """Replace each IBAN by [iban]; in either case, its characters may be in groups."""
    return _hide_spans(text, _ibans(text), "[iban]")


def _hide_spans(text: str, spans: Iterator[tuple[int, int]], mark: str) -> str:
    pieces, end = [], 0
    for start, stop in spans:
        if start >= end:
            pieces += [text[end:start], mark]
            end = stop
    return "".join([*pieces, text[end:]])


def _cards(run: str) -> Iterator[tuple[int, int]]:
    """Yield where cards are: a run may begin or end with other groups of digits."""
    groups = list(_DIGIT_GROUP.finditer(run))
    for first, start in enumerate(groups):
        digits = ""
        for group in groups[first:]:
            digits += group[0]
            if len(digits) > 19:
                break
            if _is_card(digits):
                yield start.start(), group.end()


def _is_card(digits: str) -> bool:
    is_issued = any(len(digits) in lengths and ranges.match(digits) for ranges, lengths in _ISSUERS)
    return is_issued and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for start in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(start[0][:2].upper())
        found = _take(text, start.start(), length) if length else None
        if found is not None and _passes_mod_97(found[0]):
            yield start.start(), found[1]


def _take(text: str, start: int, length: int) -> tuple[str, int] | None:
    """Return so many characters without their separators, and where they end."""
    taken, end = "", start
    while len(taken) < length:
        found = _IBAN_CHARACTER.match(text, end)
        if found is None:
            return None
        taken += found[1]
        end = found.end()
    return None if text[end : end + 1].isalnum() else (taken, end)


def _passes_mod_97(iban: str) -> bool:
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
