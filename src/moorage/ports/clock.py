"""The time of day, as an argument."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds since the epoch."""
