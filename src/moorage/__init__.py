"""Moorage, a private container registry in one program."""

__version__ = "0.1.0"
