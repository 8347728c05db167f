"""Whom the registry trusts where it is the one that connects."""

import ssl
from pathlib import Path


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Checks names and certificates by the system's authorities and those in this file (PEM).

    Raises OSError, with a sentence, if the file cannot be used.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as fault:
            raise OSError(f"egress.ca_file cannot be used: {fault}") from fault
    return context
