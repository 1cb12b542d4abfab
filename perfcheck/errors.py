"""The exception tree of perfcheck, and what its exit codes mean.

PerfcheckError
├── SpecError          the spec is wrong; carries every problem with its place    exit 2
├── UsageError         a flag, path or name on the command line is wrong          exit 2
├── OutputLostError    a requested output could not be written                    exit 4
├── UnverifiedError    something could not be determined; the run goes on         unverified
│   └── ProbeError     a target could not be read
└── NotApplicableError facts prove that a requirement has no subject here         not_applicable
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Literal

from typing_extensions import override

ReasonCode = Literal[
    "unreachable",
    "connection",
    "auth",
    "privilege",
    "timeout",
    "locked",
    "not_found",
    "too_few_samples",
    "stale",
    "garbage",
    "unsupported",
    "not_asked",
    "no_check",
    "bug",
]


class ExitCode(IntEnum):
    """What the exit code of every command means. No flag changes a meaning."""

    VERIFIED = 0
    FAILED = 1
    USAGE_OR_SPEC = 2
    UNVERIFIED = 3
    OUTPUT_LOST = 4
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """What a user reads about it."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.VERIFIED: "verified: everything that was checked holds",
    ExitCode.FAILED: "failed: something was observed that breaks a requirement",
    ExitCode.USAGE_OR_SPEC: "the command line or the spec is wrong; nothing was probed",
    ExitCode.UNVERIFIED: "something could not be verified, or nothing was checked",
    ExitCode.OUTPUT_LOST: "the run is complete, but a requested output could not be written",
    ExitCode.INTERNAL: "a bug in perfcheck",
    ExitCode.INTERRUPTED: "interrupted (SIGINT)",
    ExitCode.TERMINATED: "terminated (SIGTERM, SIGHUP)",
}


class PerfcheckError(Exception):
    """Base of all errors that perfcheck raises on purpose; each knows its exit code."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNVERIFIED


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One mistake of a spec's author; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class SpecError(PerfcheckError):
    """The spec is wrong; nothing was probed.

    `problems` holds every mistake of every file, in the order of the files.
    """

    exit_code = ExitCode.USAGE_OR_SPEC

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = f"{len(problems)} mistake{'s' if len(problems) != 1 else ''} in the spec"
        super().__init__("\n".join([*map(str, problems), f"{count}; nothing was probed"]))
        self.problems = problems


class UsageError(PerfcheckError):
    """The command line asks for something that does not exist."""

    exit_code = ExitCode.USAGE_OR_SPEC


class OutputLostError(PerfcheckError):
    """A requested output could not be written."""

    exit_code = ExitCode.OUTPUT_LOST


class UnverifiedError(PerfcheckError):
    """Something could not be determined.

    `needs` says what would decide it: a grant, a setting, a larger sample.
    """

    def __init__(self, reason_code: ReasonCode, message: str, *, needs: str | None = None) -> None:
        super().__init__(message)
        self.reason_code: ReasonCode = reason_code
        self.message = message
        self.needs = needs


class ProbeError(UnverifiedError):
    """A target could not be read. The message never holds a DSN, URL or secret."""


class NotApplicableError(PerfcheckError):
    """Facts prove that a requirement has no subject here; the text says which."""
