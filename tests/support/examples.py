"""How many examples a property is tried with: few and always the same, or many by HYPOTHESIS_PROFILE=long."""

import os

from hypothesis import HealthCheck, settings

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_MORE = 25
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


def register() -> None:
    """Make the two profiles known: `quick` draws the same examples on every run, `long` draws new ones."""
    settings.register_profile("quick", derandomize=True, database=None, deadline=None, suppress_health_check=_SLOW)
    settings.register_profile("long", print_blob=True, deadline=None, suppress_health_check=_SLOW)


def examples(quick: int, *, steps: int = 50) -> settings:
    """So many examples, or many times as many; `steps` is for state machines."""
    profile = settings.get_profile("long" if LONG else "quick")
    return settings(profile, max_examples=quick * (_MORE if LONG else 1), stateful_step_count=steps)
