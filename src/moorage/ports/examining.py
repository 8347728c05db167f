"""Looks at those who vouch for people, step by step, for who sets them up."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

Tell: TypeAlias = Callable[[str], None]
"""Hears a step in a sentence; nothing secret is in it."""
ExamineProvider: TypeAlias = Callable[[str, Tell], Awaitable[bool]]
"""Look at the provider of the single sign-on, as the address that people come back to; could anybody sign in by it?"""
ExamineDirectory: TypeAlias = Callable[[str, Tell], Awaitable[bool]]
"""Ask the directory about somebody, by what they type; could they come in?"""
