"""The bodies of requests."""

from __future__ import annotations

from hashlib import sha256
from typing import Any


class Body:
    """A request's body: read here once, to check it, and read again by the service."""

    def __init__(self, receive: Any, limit: int, announced: str) -> None:
        """Nothing is read yet.

        Args:
            receive: Where it comes from.
            limit: The most bytes that it may have.
            announced: What the header Content-Length says.
        """
        self._receive = receive
        self._left = limit
        self._kept: list[dict[str, Any]] = []
        self._hash = sha256()
        #: Whether it is, or says that it is, longer than the limit.
        self.too_long = announced.isdecimal() and int(announced) > limit

    async def read(self) -> bool:
        """Read to its end, or to the limit; returns whether it came to its end."""
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                return False
            part = message.get("body", b"")
            self._left -= len(part)
            if self._left < 0:
                self.too_long = True
                return False
            self._kept.append(message)
            self._hash.update(part)
            if not message.get("more_body"):
                return True

    def digest(self) -> str:
        """SHA-256 of what was read."""
        return self._hash.hexdigest()

    async def whole(self) -> bytes:
        """The body, kept for the service. Only for protocols with small ones."""
        return b"".join(message.get("body", b"") for message in self._kept)

    async def __call__(self) -> dict[str, Any]:
        """The next message of it, as ASGI has them."""
        return self._kept.pop(0) if self._kept else await self._receive()
