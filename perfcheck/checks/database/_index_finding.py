"""Find the live index that serves a need, and say which, or why none does."""

from perfcheck.checks.base import breaks, holds, undecided
from perfcheck.checks.database._index_fit import Fit, Need, judge_index, show_index
from perfcheck.checks.database._relation import kind_of
from perfcheck.model import Finding, Proof
from perfcheck.probes.database.index_facts import LiveTable

TABLES = frozenset({"r", "m", "p"})  # pg_class.relkind of what can have an index


def find_serving_index(need: Need, table: LiveTable) -> Finding:
    """Return whether an index serves, from the catalogs alone: proof `present`."""
    name = str(table.name)
    if table.relkind is None or table.relkind not in TABLES:
        what = f"is {kind_of(table.relkind)}" if table.relkind else "does not exist"
        return _breaks(need, f"{name} {what}")
    if table.locked:
        message = f"{need.subject}: {name} is locked in ACCESS EXCLUSIVE mode, or is about to be"
        return _undecided(need, f"{name} is locked", needs="the lock released", message=message)
    unknown = sorted(need.mentions - {column.name for column in table.columns})
    if unknown:
        return _breaks(need, f"{name} has no column {', '.join(unknown)}")
    return _best(need, table, name)


def _best(need: Need, table: LiveTable, name: str) -> Finding:
    fits = [judge_index(need, table, index) for index in table.indexes]
    fits.sort(key=lambda fit: (fit.index.name == need.name, fit.nearness(need)), reverse=True)
    serving = next((fit for fit in fits if fit.serves), None)
    if serving is not None:
        return _served(need, name, serving)
    uncertain = next((fit for fit in fits if fit.serves is None), None)
    if uncertain is not None:
        return _cannot_tell(need, name, uncertain)
    if table.building is not False:
        needs = "the end of the build" if table.building else "pg_read_all_stats"
        observed = "one is being built" if table.building else "one may be being built, unseen"
        message = f"{need.subject}: no index of {name} serves it yet, and {observed}"
        return _undecided(need, observed, needs=needs, message=message)
    return _not_served(need, name, fits)


def _served(need: Need, table: str, fit: Fit) -> Finding:
    live = fit.index.name
    rules = "; ".join(remark.text for remark in fit.said(True) if remark.text)
    message = f"{need.subject} on {table} {f'serves: {rules}' if rules else 'is as declared'}"
    if live != need.name:
        message = f"{need.subject} on {table} is served by {live}: {rules or 'as declared'}"
    observed = f"{live} {show_index(fit.index)}"
    return holds(need.subject, str(need), observed, proof=Proof.PRESENT, message=message)


def _cannot_tell(need: Need, table: str, fit: Fit) -> Finding:
    remark, live = fit.said(None)[0], fit.index
    own = f"{need.subject}: " if live.name != need.name else ""
    message = f"{own}{live.name} on {table} {remark.text}"
    observed = f"{live.name} {show_index(live)}: {remark.text}"
    return _undecided(need, observed, needs=remark.needs, message=message)


def _not_served(need: Need, table: str, fits: list[Fit]) -> Finding:
    if not fits:
        return _breaks(need, f"{table} has no index")
    if not any(fits[0].nearness(need)) and fits[0].index.name != need.name:
        return _breaks(need, f"none of the indexes on {table} ({len(fits)}) is like it")
    live = fits[0].index
    why = " and ".join(remark.text for remark in fits[0].said(False))
    message = f"{live.name} on {table} {why}"
    if live.name != need.name:
        of = f"the nearest of {len(fits)} indexes on {table}"
        message = f"{need.subject}: {of}, {live.name}, {why}"
    return breaks(need.subject, str(need), f"{live.name} {show_index(live)}", message=message)


def _breaks(need: Need, observed: str) -> Finding:
    return breaks(need.subject, str(need), observed, message=f"{need.subject}: {observed}")


def _undecided(need: Need, observed: str, *, needs: str, message: str) -> Finding:
    return undecided(need.subject, str(need), observed, needs=needs, message=message)
