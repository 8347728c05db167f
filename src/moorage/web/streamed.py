"""An answer that goes out as it is made, for what is too long to be held."""

from collections.abc import AsyncIterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from moorage.web.headers import HEADERS

_STREAM = "moorage.stream"
"""The message that the edge before us knows (`api.hosting`)."""


class Streamed(Response):
    """A file to be kept under this name."""

    def __init__(self, stream: AsyncIterator[bytes], media_type: str, name: str) -> None:
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Status and headers, then whatever gives the body."""
        del scope, receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": _STREAM, "stream": self._stream})
