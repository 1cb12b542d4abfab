"""Push one of the guide's key metrics over its threshold, and change nothing else."""

import itertools
from dataclasses import dataclass, replace

from perfcheck.reference.app.observation import Observation, Observer

_DELAY_S = 0.3


@dataclass(frozen=True)
class ThresholdSwitches:
    """What may be wrong with the key metrics; the defaults are a healthy service.

    Failures and delays are recorded only: real ones would break whatever else is measured.
    """

    failed_every: int = 0
    """Each so many-th request is recorded as failed."""
    slow_every: int = 0
    """Each so many-th request is recorded as 0.3 s slower than it was."""
    leaked_connections: int = 0
    """Connections of the pool that nobody gives back."""
    useless_cache_reads: int = 0
    """Reads of a key that is never filled, beside each read of the cache."""


def recorded(observe: Observer, switches: ThresholdSwitches) -> Observer:
    """Return the observer, told of the failures and delays that the switches ask for."""
    if not (switches.failed_every or switches.slow_every):
        return observe
    numbers = itertools.count(1)

    def observe_distorted(observation: Observation) -> None:
        number = next(numbers)
        if _is_due(number, switches.failed_every):
            observation = replace(observation, status=500)
        if _is_due(number, switches.slow_every):
            observation = replace(observation, duration_s=observation.duration_s + _DELAY_S)
        observe(observation)

    return observe_distorted


def _is_due(number: int, every: int) -> bool:
    return every > 0 and number % every == 0
