"""Parse SQL with the grammar of PostgreSQL itself, without a crash or a hang."""

import queue
import threading
from concurrent.futures import Future

from google.protobuf.message import DecodeError
from postgast import PgQueryError, nodes, parse, wrap

MAX_BYTES = 64 * 1024
# libpg_query writes its tree recursively without a stack check: 22,000 chained '+' end a
# process with 8 MiB of stack. 64 KiB of text need less than 64 MiB.
STACK_BYTES = 64 * 1024 * 1024
DEADLINE_S = 5.0  # nested comments cost the square of their length


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
    return _parser.read(text)


class _Parser:
    """One thread with a deep stack that parses for all others.

    A thread of its own for each text would cost more than time: the parser takes a
    thread-specific key (pthread_key_create) in each thread and never gives it back; after
    about a thousand the process has none left, and OpenSSL cannot start any more.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._texts: queue.SimpleQueue[tuple[str, Future[nodes.ParseResult]]] | None = None

    def read(self, text: str) -> nodes.ParseResult:
        tree: Future[nodes.ParseResult] = Future()
        with self._one_at_a_time:
            self._texts = self._texts or _start()
            self._texts.put((text, tree))
            try:
                return tree.result(DEADLINE_S)
            except TimeoutError:
                self._texts = None  # left to its text; the next one gets a new thread
                raise UnreadableError(f"not parsed in {DEADLINE_S:.0f} s") from None


def _start() -> queue.SimpleQueue[tuple[str, Future[nodes.ParseResult]]]:
    texts: queue.SimpleQueue[tuple[str, Future[nodes.ParseResult]]] = queue.SimpleQueue()

    def work() -> None:
        while True:
            text, tree = texts.get()
            try:
                tree.set_result(wrap(parse(text)))
            except DecodeError:
                tree.set_exception(UnreadableError("nested too deeply"))
            except PgQueryError as error:
                tree.set_exception(UnreadableError(str(error)))
            except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
                tree.set_exception(error)

    before = threading.stack_size(STACK_BYTES)  # one setting for all threads: set it back
    try:
        threading.Thread(target=work, daemon=True).start()
    finally:
        threading.stack_size(before)
    return texts


_parser = _Parser()
