"""Parse SQL with the grammar of PostgreSQL itself, without a crash or a hang."""

import threading

from google.protobuf.message import DecodeError
from postgast import PgQueryError, nodes, parse, wrap

MAX_BYTES = 64 * 1024
# libpg_query writes its tree recursively without a stack check: 22,000 chained '+' end a
# process with 8 MiB of stack. 64 KiB of text need less than 64 MiB.
STACK_BYTES = 64 * 1024 * 1024
DEADLINE_S = 5.0  # nested comments cost the square of their length
_one_start = threading.Lock()  # threading.stack_size() is one setting for all threads


class UnreadableError(ValueError):
    """Not SQL, or not SQL that can be inspected safely."""


def read(text: str) -> nodes.ParseResult:
    """Return the typed tree of a text, read with standard_conforming_strings = on.

    Raises UnreadableError for anything else than SQL of at most 64 KiB. The C parser
    stops at a NUL byte, so that what follows would go unseen: refused.
    """
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise UnreadableError("not valid Unicode") from None
    if size_bytes > MAX_BYTES:
        raise UnreadableError("longer than 64 KiB")
    if "\0" in text:
        raise UnreadableError("holds a NUL byte")
    return _read_in_a_thread(text)


def _read_in_a_thread(text: str) -> nodes.ParseResult:
    trees: list[nodes.ParseResult] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            trees.append(wrap(parse(text)))
        except DecodeError:
            errors.append(UnreadableError("nested too deeply"))
        except PgQueryError as error:
            errors.append(UnreadableError(str(error)))
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    with _one_start:
        before = threading.stack_size(STACK_BYTES)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join(DEADLINE_S)
    if errors:
        raise errors[0]
    if not trees:
        raise UnreadableError(f"not parsed in {DEADLINE_S:.0f} s")
    return trees[0]
