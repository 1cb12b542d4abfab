"""The lines of what needs attention: tolerated, unverified in groups, failures one by one."""

from collections.abc import Iterable, Iterator, Sequence

from perfcheck.model import Finding, Outcome, Result, Verdict
from perfcheck.report import _select
from perfcheck.report._lines import Line, Span, Style, flow, pair, paragraph
from perfcheck.texts import count, one_line

_SHOWN = 5
_FINDINGS_SHOWN = 4
_INDENT = "  "
_Lines = Iterator[Line]


def tolerated(results: Sequence[Result], width: int) -> _Lines:
    """Yield what failed or is unverified and does not count, two lines for each."""
    found = [r for r in _select.attention(results) if _select.tolerated(r)]
    if found:
        yield (Span("Tolerated", "bold"), Span("  does not change the exit code", "dim"))
    shown = _first(found)
    for result in shown:
        glyph = "✗" if result.outcome is Outcome.FAIL else "?"
        said = f"{_INDENT}{glyph} {_select.disposition(result)} "
        yield from _title((Span(said, "dim"),), result, width)
        yield from flow((Span("      "),), one_line(_select.why(result)), width=width, style="dim")
    yield from _more(len(found) - len(shown))


def unverified(results: Sequence[Result], width: int) -> Iterator[_Lines]:
    """Yield a block for each reason that several share, and for each of the others."""
    groups: dict[str, list[Result]] = {}
    for result in _select.worst_first(results, Outcome.UNVERIFIED):
        if not _select.tolerated(result) and not _select.without_check(result):
            key = one_line(result.reason or "") or result.requirement
            groups.setdefault(key, []).append(result)
    for reason, group in reversed(groups.items()):
        if len(group) == 1:
            yield _block("UNVERIFIED", group[0], width)
        else:
            yield _group(reason, group, width)


def failures(results: Sequence[Result], width: int) -> Iterator[_Lines]:
    """Yield a block for each failure that counts, the most severe last."""
    for result in reversed(_select.worst_first(results, Outcome.FAIL)):
        if not _select.tolerated(result):
            yield _block("FAIL", result, width)


def _title(lead: Line, result: Result, width: int) -> _Lines:
    name = (*lead, Span(f"{result.severity} "), Span(one_line(result.requirement), "bold"))
    yield from pair(name, _place(result), width=width, indent=4)


def _place(result: Result) -> Span:
    place = result.location
    return Span(f"({one_line(place.file)}:{place.line}:{place.column})", "dim")


def _block(word: str, result: Result, width: int) -> _Lines:
    style: Style = "fail" if word == "FAIL" else "unverified"
    yield from _title((Span(f"{word} ", style),), result, width)
    title = one_line(result.title)
    if title not in ("", result.id, result.requirement):
        yield from flow((Span(_INDENT),), title, width=width, style="dim")
    found = _select.open_findings(result)
    if result.reason and one_line(result.reason) not in {one_line(f.message) for f in found}:
        yield from flow((Span(_INDENT),), one_line(result.reason), width=width)
    for finding in found[:_FINDINGS_SHOWN]:
        yield from _finding(finding, result, width)
    if found[_FINDINGS_SHOWN:]:
        more = count(len(found) - _FINDINGS_SHOWN, "more finding")
        yield (Span(f"{_INDENT}and {more}", "dim"),)
    if result.remediation and result.outcome is Outcome.FAIL:
        yield from flow((Span(f"{_INDENT}fix: ", "bold"),), result.remediation.strip(), width=width)


def _finding(finding: Finding, result: Result, width: int) -> _Lines:
    subject = one_line(finding.subject)
    if subject not in (result.id, ""):
        yield (Span(f"{_INDENT}{subject}"),)
    style: Style = "fail" if finding.verdict is Verdict.BREAKS else "unverified"
    yield from _labelled("expected", finding.expected, width)
    yield from _labelled("observed", finding.observed, width, style)
    if finding.needs:
        yield from _labelled("needs", finding.needs, width)


def _labelled(label: str, text: str, width: int, style: Style = "text") -> _Lines:
    lead = (Span(f"{_INDENT}  {label:<10}", "dim"),)
    yield from flow(lead, one_line(text) or "nothing", width=width, style=style)


def _group(reason: str, group: Sequence[Result], width: int) -> _Lines:
    head = f"UNVERIFIED {count(len(group), 'requirement')}: {reason}"
    yield from paragraph(head, width=width, style="unverified")
    shown = _first(group)
    for result in shown:
        yield from _title((Span(_INDENT),), result, width)
    yield from _more(len(group) - len(shown))
    for needs in _distinct(f.needs for r in group for f in _select.open_findings(r)):
        yield from flow((Span(f"{_INDENT}needs: ", "bold"),), needs, width=width)


def _first(results: Sequence[Result]) -> Sequence[Result]:
    """Return the first few, or all if only one would be left to count."""
    return results if len(results) <= _SHOWN + 1 else results[:_SHOWN]


def _more(number: int) -> _Lines:
    if number:
        yield (Span(f"{_INDENT}and {number:,} more", "dim"),)


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Return the one or two texts that a group shares; more would bury the group."""
    found = tuple(dict.fromkeys(one_line(text) for text in texts if text))
    return found if len(found) <= 2 else ()
