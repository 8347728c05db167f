"""An inner ASGI application: it gets a request whose body was read under our caps, and its answer becomes a reply."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from moorage.api.wire import Message, Receive, Reply, Scope, Send

Inner: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


async def ask(inner: Inner, scope: Scope, body: bytes) -> Reply:
    """What it answers. To HEAD it answers as to GET; whoever sends the reply leaves the body out."""
    reply = Reply(500)
    pieces: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status, reply.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    method = scope["method"]
    await inner({**scope, "method": "GET" if method == "HEAD" else method}, receive, send)
    reply.body = b"".join(pieces)
    return reply
