"""Credentials of the execution role for Airflow's processes, also while the local cloud is busy.

An SDK asks the address of a container's credentials for two seconds and gives up after three tries;
on a busy machine the local cloud, which has other work in its one process, may take longer. What it
vended before is good for an hour, so this hands that out where the cloud is too slow to answer.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import hmac
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

#: Seconds after which older credentials are handed out in place of an answer: an SDK waits two.
PATIENCE_SECONDS = 1.0

#: Seconds that the local cloud may take to answer at all.
ANSWER_SECONDS = 60

#: Seconds that credentials have to be good for to be handed out: a task works with them a while.
RESERVE_SECONDS = 600

_ADDRESS = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 -- the name of a variable

#: Asks without the proxy that a laptop may have.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer(NamedTuple):
    """What the local cloud answered."""

    status: int
    body: bytes


class CredentialsServer:
    """A server on 127.0.0.1 that hands out what the local cloud vends."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Serve until `close`.

        Args:
            variables: what `environment.role_variables` gives: where the local cloud vends
                credentials, and the token that it wants.
        """
        self._address, self._token = variables[_ADDRESS], variables[_TOKEN]
        self._kept: Answer | None = None
        self._pool = ThreadPoolExecutor(thread_name_prefix="credentials")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which an SDK asks here; the token is the one of the local cloud."""
        return {_ADDRESS: f"http://127.0.0.1:{self._server.server_port}/", _TOKEN: self._token}

    def vend(self) -> Answer:
        """What the local cloud vends now, or vended before where it does not answer soon."""
        asked: Future[Answer] = self._pool.submit(self._ask)
        try:
            return asked.result(PATIENCE_SECONDS)
        except StillWaiting:
            kept = self._kept
            return kept if kept is not None and _is_good(kept) else asked.result()

    def _ask(self) -> Answer:
        request = urllib.request.Request(self._address, headers={"Authorization": self._token})  # noqa: S310 -- the local cloud's
        try:
            with _DIRECT.open(request, timeout=ANSWER_SECONDS) as response:
                self._kept = Answer(response.status, response.read())
                return self._kept
        except urllib.error.HTTPError as error:
            # Refused: what was vended before is not handed out any more either.
            self._kept = None
            return Answer(error.code, error.read())
        except OSError as error:
            body = {"code": "ServiceUnavailable", "message": f"the local cloud is away: {error}"}
            return Answer(503, json.dumps(body).encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = self.headers.get("Authorization", "")
                if not hmac.compare_digest(token.encode(), server._token.encode()):
                    denied = {
                        "code": "AccessDenied",
                        "message": "The token is not the one of here.",
                    }
                    self._send(Answer(403, json.dumps(denied).encode()))
                    return
                self._send(server.vend())

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: tasks ask all the time."""

        return Handler


def _is_good(answer: Answer) -> bool:
    """Whether credentials have some time left."""
    ends = datetime.fromisoformat(json.loads(answer.body)["Expiration"])
    return (ends - datetime.now(UTC)).total_seconds() > RESERVE_SECONDS
