"""Servers that a test plays itself, each in a thread of its own."""

import socketserver
import threading

_POLL_SECONDS = 0.02
"""How soon one hears that it is to end; by itself it would look twice a second."""


def listen(server: socketserver.BaseServer) -> threading.Thread:
    """Serve until its `shutdown`; the thread."""
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    return thread
