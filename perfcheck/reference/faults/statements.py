"""Faults of the statements that the API sends."""

from perfcheck.reference.faults.base import Fault

FAULTS = (
    Fault(
        name="statements-one-per-job",
        shows="Each job of a page costs one more statement for its latest execution.",
        breaks=("statements/batch-reads",),
        switches={"pages": {"variant": "statement per job"}},
    ),
    Fault(
        name="statements-offset",
        shows="The statement of the job list has an OFFSET.",
        breaks=("statements/no-offset",),
        switches={"pages": {"variant": "offset 0"}},
    ),
)
