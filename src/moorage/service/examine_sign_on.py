"""Whoever sets up the single sign-on or the directory sees what is found there, step by step; nothing is changed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.examining import ExamineDirectory, ExamineProvider, Tell
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.roles import Action

_PATIENCE = 30.0
"""Seconds that a look may take."""
_MOST_STEPS, _LONGEST_STEP = 100, 1000
_LONGEST_NAME = 256


class Examined(NamedTuple):
    """What was found, in sentences; `good`: somebody could come in."""

    steps: Sequence[str]
    good: bool


@dataclass(frozen=True, slots=True)
class ExamineSignOn:
    """None where the settings name nobody to ask. The addresses are those of the settings: nobody types others in."""

    ask_provider: ExamineProvider | None
    ask_directory: ExamineDirectory | None

    async def provider(self, who: Identity, back: str) -> Examined:
        """`back` is the address to which people come back. Raises QUERY_INVALID where there is none."""
        access.require_instance(who, Action.MANAGE_INSTANCE)
        ask = self.ask_provider
        if ask is None:
            raise Refusal(Code.QUERY_INVALID, "no single sign-on is set: see the settings oidc.*")
        return await _heard(lambda tell: ask(back, tell))

    async def directory(self, who: Identity, name: str) -> Examined:
        """By what somebody types to log in. Raises QUERY_INVALID where there is none."""
        access.require_instance(who, Action.MANAGE_INSTANCE)
        ask = self.ask_directory
        if ask is None:
            raise Refusal(Code.QUERY_INVALID, "no directory is set: see the settings ldap.*")
        if not name or len(name) > _LONGEST_NAME:
            raise Refusal(Code.QUERY_INVALID, "give the name that somebody types to log in")
        return await _heard(lambda tell: ask(name, tell))


async def _heard(ask: Callable[[Tell], Awaitable[bool]]) -> Examined:
    steps: list[str] = []

    def tell(step: str) -> None:
        if len(steps) < _MOST_STEPS:
            steps.append(step[:_LONGEST_STEP])

    try:
        async with asyncio.timeout(_PATIENCE):
            return Examined(steps, await ask(tell))
    except TimeoutError:
        return Examined([*steps, f"no answer within {_PATIENCE:.0f} seconds"], good=False)
