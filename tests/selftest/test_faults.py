"""What is shown and what is required fit together."""

import pytest

from perfcheck.reference.copies import STEP
from perfcheck.reference.faults import faults
from perfcheck.reference.faults.base import Fault
from perfcheck.selftest.judge import declared
from perfcheck.selftest.stage import checked_sections, shipped_folder, spec_of

SPEC = spec_of(shipped_folder(), {})
CHECKED = [r.name for r in SPEC.requirements if r.section in checked_sections(SPEC)]


@pytest.mark.parametrize("requirement", CHECKED)
def test_a_requirement_with_a_check_has_a_fault(requirement: str):
    assert [fault.name for fault in faults().values() if requirement in declared(fault)]


@pytest.mark.parametrize("fault", faults().values(), ids=lambda fault: fault.name)
def test_a_fault_names_requirements_of_the_spec(fault: Fault):
    assert set(declared(fault)) <= {requirement.name for requirement in SPEC.requirements}


@pytest.mark.parametrize("fault", faults().values(), ids=lambda fault: fault.name)
def test_a_fault_says_in_one_sentence_what_is_wrong(fault: Fault):
    assert fault.shows.endswith(".")
    assert "\n" not in fault.shows


def test_no_two_faults_break_the_same_in_the_same_way():
    seen = [
        repr((fault.sql, fault.switches, fault.files, fault.cache_config))
        for fault in faults().values()
    ]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "fault", [f for f in faults().values() if f.sql], ids=lambda fault: fault.name
)
def test_every_step_of_a_fault_does_something(fault: Fault):
    assert all(step.strip() for step in fault.sql.split(STEP))
