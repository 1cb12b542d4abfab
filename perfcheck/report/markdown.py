"""The ticked checklist as a Markdown document, with what needs attention and the proof."""

from collections.abc import Iterable, Iterator, Sequence

from perfcheck.model import Evidence, Finding, Outcome, Report, Result, Tick
from perfcheck.report import _select
from perfcheck.report._escape import block, cell_code, code, inside_html, text
from perfcheck.report._layout import counts
from perfcheck.texts import count, percent

_OUTCOMES = {Outcome.FAIL: "✗ fail", Outcome.UNVERIFIED: "? unverified"}
_Parts = Iterator[str]


def render(report: Report) -> str:
    """Write the document: checklist, summary, attention, proof. No text in it is live."""
    parts = (
        _title(report),
        _checklist(report.checklist),
        _summary(report),
        _attention(_select.attention(report.results)),
        _without_check(_select.without_checks(report.results)),
        _not_asked(_select.not_asked(report.results)),
        _proved(_select.proved(report.results)),
    )
    return "\n\n".join(paragraph for part in parts for paragraph in part) + "\n"


def _title(report: Report) -> _Parts:
    yield f"# Checklist: {text(report.spec.title or report.spec.name)}"


def _checklist(ticks: Sequence[Tick]) -> _Parts:
    if ticks:
        yield "\n".join(map(_item, ticks))


def _item(tick: Tick) -> str:
    item = text(tick.item) or code(tick.id)
    if tick.ticked:
        return f"- [x] {item}"
    return f"- [ ] {item} ({text(tick.note or 'not proved')})"


def _summary(report: Report) -> _Parts:
    covered = f"coverage {percent(report.summary.coverage)}"
    yield f"**{counts(report)}; {covered}**"
    yield f"Exit code {report.exit_code}: {text(report.exit_reason)}"
    profile = f", profile {code(report.profile)}" if report.profile else ""
    yield (
        f"Made by perfcheck {text(report.tool.version)} from {code(report.spec.path)}"
        f" (sha256 {code(report.spec.sha256[:12])}){profile},"
        f" {report.started_at.isoformat(timespec='seconds')}, in {report.duration_s:.1f} s."
    )


def _attention(results: Sequence[Result]) -> _Parts:
    if results:
        yield "## Needs attention"
        yield _table(
            ("outcome", "severity", "requirement", "why", "place"),
            map(_open_row, results),
        )
    for result in results:
        if _select.open_findings(result) or result.rationale:
            yield from _details(result)


def _without_check(results: Sequence[Result]) -> _Parts:
    if results:
        sections = ", ".join(code(name) for name in dict.fromkeys(r.section for r in results))
        number = count(len(results), "requirement")
        yield "## Without a check"
        yield f"{number} of sections that this version does not judge yet: {sections}."


def _open_row(result: Result) -> tuple[str, ...]:
    why = text(_select.why(result))
    place = cell_code(_place(result))
    return _outcome(result), result.severity, cell_code(result.requirement), why, place


def _outcome(result: Result) -> str:
    return " ".join(filter(None, (_OUTCOMES[result.outcome], _select.disposition(result))))


def _details(result: Result) -> _Parts:
    title = "" if result.title == result.id else f": {inside_html(result.title)}"
    name = f"<code>{inside_html(result.requirement)}</code>"
    yield f"<details><summary>{_outcome(result)} {name}{title}</summary>"
    facts = [f"- place: {code(_place(result))}"]
    if result.rationale:
        facts.append(f"- rationale: {text(result.rationale)}")
    if result.reason:
        facts.append(f"- reason: {text(result.reason)}")
    facts += (_finding(finding) for finding in _select.open_findings(result))
    yield "\n".join(facts)
    if result.remediation and result.outcome is Outcome.FAIL:  # nothing else was seen broken
        yield f"Repair:\n\n{block(result.remediation)}"
    yield "</details>"


def _finding(finding: Finding) -> str:
    rows = [
        f"- {finding.verdict}: {code(finding.subject)}",
        f"  - expected: {code(finding.expected)}",
        f"  - observed: {code(finding.observed)}",
    ]
    if finding.needs:
        rows.append(f"  - needs: {code(finding.needs)}")
    return "\n".join(rows)


def _place(result: Result) -> str:
    place = result.location
    return f"{place.file}:{place.line}:{place.column}"


def _not_asked(results: Sequence[Result]) -> _Parts:
    if results:
        yield "## Not judged"
        yield _table(
            ("outcome", "requirement", "why"),
            ((_select.outcome(r), cell_code(r.requirement), text(r.reason or "")) for r in results),
        )


def _proved(results: Sequence[Result]) -> _Parts:
    if not results:
        return
    yield "## Proved"
    yield f"<details><summary>{len(results)} proved, with the evidence</summary>"
    yield _table(
        ("requirement", "proof", "seen", "evidence"),
        ((cell_code(r.requirement), r.proof or "", _seen(r), _evidence(r)) for r in results),
    )
    yield from _asked(results)
    yield "</details>"


def _seen(result: Result) -> str:
    return "<br>".join(text(finding.message) for finding in result.findings)


def _evidence(result: Result) -> str:
    return "<br>".join(
        f"{text(e.target)}, {text(e.probe)}, {e.duration_ms:.1f} ms: {cell_code(e.observed)}"
        for e in result.evidence
    )


def _asked(results: Iterable[Result]) -> _Parts:
    """Show each question once: many results share one."""
    found = {_question(e): e for result in results for e in result.evidence}
    for evidence in found.values():
        yield f"Asked of {text(evidence.target)} by {text(evidence.probe)}:"
        yield block(evidence.asked)


def _question(evidence: Evidence) -> tuple[str, str, str]:
    return evidence.target, evidence.probe, evidence.asked


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
