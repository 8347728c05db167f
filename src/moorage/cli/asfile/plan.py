"""The steps from what there is to what is wanted, and what cannot be done: pure, so that a dry run is the whole truth.

What others need comes first: roles, people, groups and issuers, then projects, then what is in them, and tag rules,
which name people and robots. What is removed goes last; and only to prune, only within sections that stand in the file,
and never whoever asks for it. Neither projects nor repositories are ever removed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from moorage.cli.asfile import instance, project, retention, tag_rules
from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.pruning import Pruning
from moorage.cli.asfile.references import faults_of
from moorage.cli.asfile.scheduling import schedules
from moorage.cli.asfile.states import Found, Wanted
from moorage.cli.asfile.step import Step


@dataclass(frozen=True, slots=True)
class Plan:
    """`kept` are sentences on what a prune leaves alone."""

    steps: list[Step]
    faults: list[Fault]
    kept: list[str]


def decide(wanted: Wanted, found: Found, *, prune: bool, now: float) -> Plan:
    """What to do, in order. `now` is in seconds since the epoch."""
    outcome = list(_forward(wanted, found, now))
    steps = [step for step in outcome if isinstance(step, Step)]
    faults = [*(fault for fault in outcome if isinstance(fault, Fault)), *faults_of(wanted, found)]
    pruning = Pruning(found.me["name"])
    if prune:
        steps += pruning.steps(wanted, found)
    return Plan(steps, faults, pruning.kept)


def _forward(wanted: Wanted, found: Found, now: float) -> Iterator[Step | Fault]:
    yield from instance.roles(wanted.roles or {}, found.roles or {})
    yield from instance.users(wanted.users or {}, found)
    yield from instance.groups(wanted.groups or {}, found.groups or {})
    yield from instance.issuers(wanted.issuers or {}, found.issuers or {})
    for name, wish in wanted.projects.items():
        yield from project.project(name, wish, found.projects.get(name))
    for name, wish in wanted.projects.items():
        yield from project.inside(name, wish, found.projects.get(name), now)
    yield from project.robots(None, wanted.robots or {}, found.robots or {}, now)
    for name, wish in wanted.projects.items():
        there = found.projects.get(name)
        yield from tag_rules.plan(name, wish.tag_rules, there.tag_rules if there else None)
        yield from retention.plan(name, wish.retention, there.retention if there else None)
    yield from schedules(None, wanted.schedules or {}, found.schedules or {})
