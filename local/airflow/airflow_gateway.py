"""Gateway of Airflow's api-server: pages of other origins in a browser must not drive it.

Airflow checks neither Host nor Origin, and whoever is logged in has its cookie sent along. This is
put around the whole of Airflow's application, and not in as a plugin's middleware, which a plugin
of the environment could come before, or take the name of.

It is run by its path, in the place of `-m airflow api-server`: the folder that it lies in, with the
runner's own modules, does not come onto the module path that DAGs and plugins see.
"""

from __future__ import annotations

import json
from typing import Any

#: The largest request body: an XCom, with much room to spare.
BODY_LIMIT = 16 * 1024 * 1024

#: Airflow's application, as its command names it to the server.
_AIRFLOW = "airflow.api_fastapi.main:app"

#: Where a browser says a request comes from when no page of another origin made it.
#: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
_OWN_SITES = ("same-origin", "none")


class Gateway:
    """An ASGI application that lets in what may come in to another."""

    def __init__(self, app: Any, port: int) -> None:
        """Nothing is served yet.

        Args:
            app: The application behind the gateway.
            port: Port of 127.0.0.1 that it is served at.
        """
        self._app = app
        self._hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost")]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one request, or the start and end of the server."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        reason = self._unwelcome(scope)
        if scope["type"] == "websocket":
            if reason is None:
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
        elif reason is not None:
            await _answer(send, 403, reason)
        else:
            await self._bounded(scope, receive, send)

    def _unwelcome(self, scope: dict[str, Any]) -> str | None:
        """Why a request is not let in; None where it is."""
        hosts = _values(scope, b"host")
        # A page reaches the loopback by a name of its own as well, which it has changed meanwhile.
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return f"The host {', '.join(hosts)!r} is not this server: use {self._hosts[0]}."
        if any(origin != f"http://{hosts[0]}" for origin in _values(scope, b"origin")):
            return "Requests of pages of other origins are not served."
        if all(site in _OWN_SITES for site in _values(scope, b"sec-fetch-site")):
            return None
        # A link that is followed shows the page to who sits there, and to nobody else. To a
        # browser another port of this machine is the same site.
        followed = (
            scope.get("method") == "GET"
            and _values(scope, b"sec-fetch-mode") == ["navigate"]
            and _values(scope, b"sec-fetch-dest") == ["document"]
        )
        return None if followed else "Requests of pages of other origins are not served."

    async def _bounded(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve a request whose body is read here once, up to the limit."""
        announced = (_values(scope, b"content-length") or ["0"])[0]
        too_long = announced.isdecimal() and int(announced) > BODY_LIMIT
        kept: list[dict[str, Any]] = []
        read, more = 0, not too_long
        while more:
            message = await receive()
            kept.append(message)
            read += len(message.get("body", b""))
            too_long = read > BODY_LIMIT
            more = not too_long and bool(message.get("more_body"))
        if too_long:
            await _answer(send, 413, f"The body has more than {BODY_LIMIT} bytes, the limit.")
            return

        async def read_again() -> dict[str, Any]:
            return kept.pop(0) if kept else await receive()

        await self._app(scope, read_again, send)


def _values(scope: dict[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


async def _answer(send: Any, status: int, detail: str) -> None:
    """Answer as Airflow answers errors."""
    body = json.dumps({"detail": detail}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def guarded() -> Gateway:
    """Airflow's application behind the gateway; the server calls this once its process is up."""
    from airflow.api_fastapi.main import app
    from airflow.configuration import conf

    return Gateway(app, conf.getint("api", "port"))


def main() -> None:
    """Run Airflow's command with the gateway around what it serves."""
    import uvicorn

    plain = uvicorn.run

    def run(app: str, **options: Any) -> None:
        if app != _AIRFLOW:
            raise SystemExit(f"The api-server serves {app}, and the gateway is for {_AIRFLOW}.")
        # The server takes a function, not only its name, since it has one worker (`api.workers`).
        plain(guarded, factory=True, **options)

    uvicorn.run = run
    from airflow.__main__ import main as airflow

    airflow()


if __name__ == "__main__":
    main()
