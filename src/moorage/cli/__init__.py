"""The command line: words in, sentences out."""

from moorage.cli.commands import main

__all__ = ["main"]
