"""The door of the local cloud: who may speak to it at all, its own routes, and then ministack."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs

from ministack import app as ministack_app

import access
import auth
import inventory
import model
from settings import Settings
from state import Saver

#: The largest request body: an object of the pipelines, with room to spare.
BODY_LIMIT = 512 * 1024 * 1024

#: Where our own routes are.
OWN = "/_local/"

#: ministack's own: among them are such as empty it without asking who calls.
FOREIGN = ("/_ministack", "/_localstack", "/_aws", "/health")


class Gateway:
    """The ASGI application."""

    def __init__(self, settings: Settings, saver: Saver) -> None:
        self._settings = settings
        self._saver = saver
        self._hosts = {f"{name}:{settings.port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one request, or the start and end of the server."""
        if scope["type"] == "lifespan":
            await ministack_app.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        path = scope["path"]
        if (reason := self._unwelcome(headers, path)) is not None:
            await _answer(send, 403, {"message": reason})
            return
        if path.startswith(OWN):
            await self._own(path[len(OWN) :], scope, headers, send)
            return
        if auth.misnamed_action(headers, scope.get("query_string", b"").decode("latin-1")):
            await _answer(
                send,
                400,
                {
                    "__type": "SerializationException",
                    "message": "X-Amz-Target names the action: "
                    "take Action out of the query string, and send JSON",
                },
            )
            return
        # The loopback stands for TLS: nothing on the way can read or change a request.
        scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        body = _LimitedBody(receive, BODY_LIMIT)
        checked = await model.check(scope, headers, body)
        if checked is not None:
            await _answer_raw(send, checked)
            return
        await ministack_app.app(scope, body, send)
        if scope["method"] != "GET" and scope["method"] != "HEAD":
            self._saver.touch()

    def _unwelcome(self, headers: dict[str, str], path: str) -> str | None:
        """Why a request is not served: a web page in a browser must not drive the local cloud."""
        if headers.get("host", "") not in self._hosts:
            return (
                f"the host {headers.get('host')!r} is not this server: use {sorted(self._hosts)[0]}"
            )
        if "origin" in headers or headers.get("sec-fetch-mode", "cors") != "cors":
            return "requests of web pages are not served"
        if path.startswith(FOREIGN):
            return f"{path} is not served"
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > BODY_LIMIT:
            return f"the body has {length} bytes; the limit is {BODY_LIMIT}"
        return None

    async def _own(self, route: str, scope: dict, headers: dict[str, str], send: Any) -> None:
        query = {k: v[0] for k, v in parse_qs(scope.get("query_string", b"").decode()).items()}
        given = headers.get("authorization", "")
        if route == "health":
            await _answer(send, 200, {"status": "ok"})
        elif route == "credentials":
            role, service = query.get("role", ""), query.get("service", "")
            source = query.get("source", "")
            expected = auth.route_token(self._settings, service, role, source)
            if not hmac.compare_digest(given, expected):
                await _answer(
                    send, 403, {"message": f"no authorization to use {role} as {service}"}
                )
                return
            await _lend(send, role, service, source or None)
        elif route == "inventory":
            if not hmac.compare_digest(given, f"Bearer {self._settings.token}"):
                await _answer(send, 403, {"message": "no authorization to list the inventory"})
                return
            await _answer(send, 200, await inventory.taken())
        elif route == "access":
            if not hmac.compare_digest(given, f"Bearer {self._settings.token}"):
                await _answer(send, 403, {"message": "no authorization to see who used what"})
                return
            await _answer(send, 200, access.report(int(query.get("since", "0"))))
        else:
            await _answer(send, 404, {"message": f"there is no route {OWN}{route}"})


async def _lend(send: Any, role: str, service: str, source: str | None) -> None:
    """Answer as the credential endpoint of a container does.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    try:
        lent = auth.assume(role, service, source)
    except auth.Denied as denied:
        await _answer(send, 403, {"code": "AccessDenied", "message": str(denied)})
        return
    await _answer(
        send,
        200,
        {
            "AccessKeyId": lent.access_key_id,
            "SecretAccessKey": lent.secret_access_key,
            "Token": lent.session_token,
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(lent.expiration)),
            "RoleArn": role,
        },
    )


class _LimitedBody:
    """A request's body, read once: what was read to check it is read again by the service."""

    def __init__(self, receive: Any, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._kept: list[dict[str, Any]] = []

    async def whole(self) -> bytes:
        """The body, kept for the service. Only for protocols with small ones."""
        parts = []
        while True:
            message = await self._receive()
            self._kept.append(message)
            parts.append(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body"):
                return b"".join(parts)

    async def __call__(self) -> dict[str, Any]:
        message = self._kept.pop(0) if self._kept else await self._receive()
        self._limit -= len(message.get("body", b""))
        if self._limit < 0:
            return {"type": "http.disconnect"}
        return message


async def _answer(send: Any, status: int, content: dict[str, Any]) -> None:
    await _answer_raw(
        send, (status, {"Content-Type": "application/json"}, json.dumps(content).encode())
    )


async def _answer_raw(send: Any, answer: tuple[int, dict[str, str], bytes]) -> None:
    status, headers, body = answer
    raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
