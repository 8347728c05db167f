"""An inner ASGI application: it gets a request whose body was read under our caps, and its answer becomes a reply."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from moorage.api.wire import Message, Receive, Reply, Scope, Send

STREAM = "moorage.stream"
Inner: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


async def ask(inner: Inner, scope: Scope, body: bytes) -> Reply:
    """What it answers. To HEAD it answers as to GET; whoever sends the reply leaves the body out.

    A body that is longer than memory should hold comes as one message of the type STREAM, with what gives its pieces,
    and, if it has no end of its own, with what is to be called when the client has hung up.
    """
    reply = Reply(500)
    pieces: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status, reply.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))
        elif message["type"] == STREAM:
            reply.stream, reply.left = message["stream"], message.get("left")

    method = scope["method"]
    await inner({**scope, "method": "GET" if method == "HEAD" else method}, receive, send)
    reply.body = b"".join(pieces)
    return reply
