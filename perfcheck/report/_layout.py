"""The report as styled lines for people: passes quiet, failures last, then the checklist."""

from collections import Counter
from collections.abc import Iterator

from perfcheck.errors import ExitCode
from perfcheck.model import Outcome, Report, Result, Tick
from perfcheck.report import _select
from perfcheck.report._attention import failures, tolerated, unverified
from perfcheck.report._lines import Line, Span, Style, blocks, flow, paragraph
from perfcheck.texts import cells, count, map_texts, one_line, percent, visible

PLAIN_WIDTH = 80
MAX_WIDTH = 120  # longer lines are hard to read
_REASONS_SHOWN = 5
# the worst first
_GLYPHS = {Outcome.FAIL: "✗", Outcome.UNVERIFIED: "?", Outcome.SKIPPED: "-", Outcome.PASS: "✓"}
_STYLES: dict[Outcome, Style] = {
    Outcome.FAIL: "fail",
    Outcome.UNVERIFIED: "unverified",
    Outcome.SKIPPED: "dim",
    Outcome.PASS: "pass",
}
_EXIT_STYLES: dict[int, Style] = {ExitCode.VERIFIED: "pass", ExitCode.UNVERIFIED: "unverified"}
_ORDER = (Outcome.FAIL, Outcome.UNVERIFIED, Outcome.NOT_APPLICABLE, Outcome.SKIPPED)


def lines(report: Report, width: int = PLAIN_WIDTH) -> Iterator[Line]:
    """Yield the whole report; no line but one long word's is wider than `width`."""
    shown = map_texts(report, visible)
    width = min(width, MAX_WIDTH)
    return blocks(
        (
            _header(shown, width),
            _sections(shown, width),
            tolerated(shown.results, width),
            *unverified(shown.results, width),
            *failures(shown.results, width),
            _checklist(shown, width),
            _ending(shown, width),
        )
    )


def _header(report: Report, width: int) -> Iterator[Line]:
    profile = f"profile {one_line(report.profile)}, " if report.profile else ""
    when = f"{report.started_at:%Y-%m-%d %H:%M:%S %Z}".strip()
    yield from paragraph(one_line(report.spec.title or report.spec.name), width=width, style="bold")
    yield from paragraph(f"{profile}{when}, {report.duration_s:.1f} s", width=width, style="dim")


def _sections(report: Report, width: int) -> Iterator[Line]:
    sections: dict[str, list[Result]] = {}
    for result in report.results:
        sections.setdefault(one_line(result.section), []).append(result)
    bare = [name for name, found in sections.items() if all(map(_select.without_check, found))]
    judged = {name: found for name, found in sections.items() if name not in bare}
    column = max(map(cells, judged), default=0)
    for section, results in judged.items():
        padded = section + " " * (column - cells(section))
        yield from _section(padded, results, width)
    if bare:
        number = count(sum(len(sections[name]) for name in bare), "requirement")
        lead = (
            Span("?", "unverified"),
            Span(f" {number} of sections without a check yet: ", "dim"),
        )
        yield from flow(lead, ", ".join(bare), width=width, style="dim")


def _section(name: str, results: list[Result], width: int) -> Iterator[Line]:
    glyph, style = _mark(results)
    proved = f"{len(_select.proved(results))} of {len(results)}"
    lead = (Span(glyph, style), Span(f" {name}  "), Span(f"{proved:>8}", "dim"))
    tally = _tally(results)
    reasons = _quiet_reasons(results)
    if len(reasons) == 1 and reasons[0][0] == tally:
        tally, reasons = ": ".join(reasons[0]), []
    yield from flow((*lead, Span("   ")), tally, width=width, style="dim")
    for number, reason in reasons[:_REASONS_SHOWN]:
        yield from flow((Span(f"    {number}: ", "dim"),), reason, width=width, style="dim")
    if reasons[_REASONS_SHOWN:]:
        yield (Span(f"    and {count(len(reasons) - _REASONS_SHOWN, 'more reason')}", "dim"),)


def _mark(results: list[Result]) -> tuple[str, Style]:
    """Return the worst outcome's sign: ✓ says that nothing was left open or unasked."""
    outcomes = {r.outcome for r in results}
    for outcome, glyph in _GLYPHS.items():
        if outcome in outcomes:
            counts = any(r.outcome is outcome and not _select.tolerated(r) for r in results)
            return glyph, (_STYLES[outcome] if counts else "dim")
    return "-", "dim"


def _tally(results: list[Result]) -> str:
    words = []
    for outcome in _ORDER:
        same = [r for r in results if r.outcome is outcome]
        kinds = sorted({_select.disposition(r) for r in same}, key=lambda kind: (kind != "", kind))
        for kind in kinds:
            number = sum(_select.disposition(r) == kind for r in same)
            words.append(" ".join(filter(None, (str(number), kind, _select.outcome(same[0])))))
    return ", ".join(words)


def _quiet_reasons(results: list[Result]) -> list[tuple[str, str]]:
    """Return why results were not judged: how many share a reason (`3 skipped`), and it."""
    quiet = [r for r in results if _select.quiet(r) and r.reason]
    shared = Counter((_select.outcome(r), one_line(r.reason or "")) for r in quiet)
    return [(f"{number} {outcome}", reason) for (outcome, reason), number in shared.items()]


def _checklist(report: Report, width: int) -> Iterator[Line]:
    if report.checklist:
        ticked = sum(tick.ticked for tick in report.checklist)
        yield (Span("Checklist", "bold"), Span(f"  {ticked} of {len(report.checklist)}", "dim"))
    for tick in report.checklist:
        yield from _box(tick, list(_select.required(report, tick.requires)), width)


def _box(tick: Tick, results: list[Result], width: int) -> Iterator[Line]:
    if tick.ticked:
        yield (Span("  ✓ [x]", "pass"), Span(f" {one_line(tick.item)}"))
        return
    glyph, style = _mark(results)
    if glyph == "✓":  # what it needs passed and yet it is not ticked: the note says why
        glyph, style = "?", "unverified"
    yield from flow((Span(f"  {glyph} [ ]", style), Span(" ")), one_line(tick.item), width=width)
    if tick.note:
        yield from flow((Span("        "),), one_line(tick.note), width=width, style="dim")


def _ending(report: Report, width: int) -> Iterator[Line]:
    style = _EXIT_STYLES.get(report.exit_code, "fail")
    covered = f"coverage {percent(report.summary.coverage)}"
    reason = f"exit {report.exit_code}: {one_line(report.exit_reason)}"
    whole = f"{counts(report)}; {covered}; {reason}"
    if cells(whole) <= width:
        yield (Span(whole, style),)
        return
    yield from paragraph(counts(report), width=width)
    yield from paragraph(f"{covered}; {reason}", width=width, style=style)


def counts(report: Report) -> str:
    """Return the counts of all outcomes in one sentence."""
    summary = report.summary
    words = [f"{summary.passed} pass", f"{summary.fail} fail", f"{summary.unverified} unverified"]
    if summary.not_applicable:
        words.append(f"{summary.not_applicable} not applicable")
    if summary.skipped:
        words.append(f"{summary.skipped} skipped")
    return f"{count(summary.selected, 'requirement')}: {', '.join(words)}"
