"""Write a selftest's report: lines for people, Markdown, JSON. Each is a pure function of it."""

import json
from collections import Counter
from collections.abc import Iterator

from perfcheck.report._escape import cell_code
from perfcheck.report._escape import text as escaped
from perfcheck.selftest.model import Judgement, SelftestReport, Turned, Verdict
from perfcheck.texts import count, one_line

_SIGNS = {
    Verdict.CAUGHT: "✓",
    Verdict.OPEN: "?",
    Verdict.MISSED: "✗",
    Verdict.COLLATERAL: "✗",
    Verdict.ERROR: "✗",
}


def console(report: SelftestReport) -> str:
    """Write one line for each fault, what is wrong below it, and the sum."""
    width = max((len(j.fault) for j in report.judgements), default=0)
    lines = []
    for judgement in report.judgements:
        head = f"{_SIGNS[judgement.verdict]} {judgement.fault:<{width}}  {judgement.verdict:<10}"
        lines.append(f"{head}  {_named(judgement)}".rstrip())
        lines += [f"    {detail}" for detail in details(judgement)]
    lines += ["", *_sum(report)]
    return "".join(f"{line}\n" for line in lines)


def markdown(report: SelftestReport) -> str:
    """Write the matrix as a document: the sum, the table, and what is wrong."""
    lines = ["# Selftest", "", *(f"- {escaped(line)}" for line in _sum(report)), ""]
    lines += ["| | Fault | What it shows | Turned |", "|-|-|-|-|"]
    for j in report.judgements:
        turned = ", ".join(map(cell_code, j.caught)) or escaped(_named(j))
        lines.append(
            f"| {_SIGNS[j.verdict]} {j.verdict} | {cell_code(j.fault)} | {escaped(j.shows)}"
            f" | {turned} |"
        )
    for j in report.judgements:
        wrong = list(details(j))
        if wrong:
            lines += ["", f"## {j.fault}", "", *(f"- {escaped(line)}" for line in wrong)]
    return "".join(f"{line}\n" for line in lines)


def as_json(report: SelftestReport) -> str:
    """Write everything: `perfcheck-selftest/1`."""
    said = report.model_dump(mode="json")
    said |= {"unproven": list(report.unproven), "exit_code": int(report.exit_code)}
    return json.dumps(said, indent=2) + "\n"


FORMATS = {"markdown": markdown, "json": as_json}


def details(judgement: Judgement) -> Iterator[str]:
    """Yield what went otherwise than declared, a line for each."""
    if judgement.error is not None:
        yield one_line(judgement.error)
    for turned in judgement.missed:
        yield f"did not turn as declared: {_said(turned)}"
    for turned in judgement.collateral:
        yield f"turned without being declared: {_said(turned)}"


def _said(turned: Turned) -> str:
    message = f": {one_line(turned.message)}" if turned.message else ""
    return f"{turned.requirement} is {turned.outcome}{message}"


def _named(judgement: Judgement) -> str:
    """Name what turned as declared; in an open one, what nothing checks yet."""
    if judgement.verdict is Verdict.OPEN:
        return f"no check yet: {', '.join(judgement.unchecked)}"
    return ", ".join(judgement.caught)


def _sum(report: SelftestReport) -> Iterator[str]:
    counts = Counter(judgement.verdict for judgement in report.judgements)
    spread = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    yield (
        f"{count(len(report.judgements), 'fault')}: {spread or 'none'}; "
        f"{report.duration_s:.0f} s with {report.jobs} side by side, at scale {report.scale:g}"
    )
    proven = len(report.requirements) - len(report.unproven)
    if report.requirements:
        yield f"{proven} of {len(report.requirements)} requirements with a check proven by a fault"
    for name in report.unproven:
        yield f"no caught fault stands behind {name}"
    yield f"exit {report.exit_code.value}: {_reason(report)}"


def _reason(report: SelftestReport) -> str:
    if not report.counted:
        return "no fault of a section that has a check was shown"
    if any(judgement.verdict is not Verdict.CAUGHT for judgement in report.counted):
        return "a fault was not caught, or turned what it does not declare"
    if report.unproven:
        return "a requirement has no caught fault"
    return "every fault that counts turned what it declares, and nothing else"
