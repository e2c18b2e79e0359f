"""What the gateway before Airflow's api-server lets in. Behind it is a server of our own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from airflow_gateway import BODY_LIMIT, Gateway

PORT = 8080
OWN = "127.0.0.1:8080"
CLI = [("host", OWN)]
PAGE = [("host", OWN), ("origin", f"http://{OWN}"), ("sec-fetch-site", "same-origin")]
LINK = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]


async def behind(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read the whole body, and say how long it was."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message["body"])
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def ask(
    headers: list[tuple[str, str]],
    parts: tuple[bytes, ...] = (b"",),
    kind: str = "http",
    method: str = "GET",
) -> list[dict[str, Any]]:
    """What the gateway sends in answer to a request."""
    scope = {
        "type": kind,
        "method": method,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    left = [
        {"type": "http.request", "body": part, "more_body": i < len(parts) - 1}
        for i, part in enumerate(parts)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Gateway(behind, PORT)(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    "headers",
    [
        CLI,
        PAGE,
        [("host", "localhost:8080"), ("origin", "http://localhost:8080")],
        [*CLI, ("sec-fetch-site", "none"), *LINK],
        [*CLI, ("sec-fetch-site", "cross-site"), *LINK],
        [*CLI, ("sec-fetch-site", "same-site"), *LINK],
    ],
    ids=str,
)
def test_whoever_sits_there_and_processes_come_in(headers: list[tuple[str, str]]) -> None:
    assert ask(headers)[0]["status"] == 200


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("host", "")],
        [("host", "127.0.0.1")],
        [("host", "127.0.0.1:8081")],
        [("host", "rebind.example:8080")],
        [("host", OWN), ("host", OWN)],
        [("host", OWN), ("host", "rebind.example")],
        [*CLI, ("origin", "null")],
        [*CLI, ("origin", "http://127.0.0.1:9999")],
        [*CLI, ("origin", "http://localhost:8080")],
        [*CLI, ("origin", f"https://{OWN}")],
        [*CLI, ("origin", f"http://{OWN}"), ("origin", "http://evil.example")],
        [*CLI, ("sec-fetch-site", "cross-site")],
        [*CLI, ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")],
        [*CLI, ("sec-fetch-site", "cross-site"), LINK[0], ("sec-fetch-dest", "iframe")],
    ],
    ids=str,
)
def test_pages_of_other_origins_do_not(headers: list[tuple[str, str]]) -> None:
    assert ask(headers)[0]["status"] == 403
    assert ask(headers, kind="websocket") == [{"type": "websocket.close", "code": 1008}]


def test_a_link_only_reads() -> None:
    headers = [*CLI, ("sec-fetch-site", "cross-site"), *LINK]
    assert ask(headers, method="POST")[0]["status"] == 403


def test_a_body_comes_in_as_it_is_up_to_the_limit() -> None:
    half = b"x" * (BODY_LIMIT // 2)
    assert ask(PAGE, (half, half))[1]["body"] == str(BODY_LIMIT).encode()
    assert ask(PAGE, (half, half, b"x"))[0]["status"] == 413
    # Not a byte of it is read.
    assert ask([*PAGE, ("content-length", str(BODY_LIMIT + 1))], ())[0]["status"] == 413


def test_a_websocket_of_our_own_comes_in() -> None:
    assert ask(PAGE, kind="websocket") == [{"type": "websocket.accept"}]
