"""Credentials of the execution role while the local cloud is quick, slow, refuses, or is away."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import credentials_server
from credentials_server import CredentialsServer

TOKEN = "of the role"


class Cloud:
    """What vends credentials, as a test wants it."""

    def __init__(self) -> None:
        self.status = 200
        self.lifetime = 3600
        self.asked: list[str] = []
        #: Set where it answers.
        self.going = threading.Event()
        self.going.set()
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cloud.asked.append(self.headers["Authorization"])
                cloud.going.wait()
                ends = time.gmtime(time.time() + cloud.lifetime)
                body = json.dumps(
                    {
                        "AccessKeyId": f"KEY{len(cloud.asked)}",
                        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", ends),
                    }
                )
                self.send_response(cloud.status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.going.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    serving = Cloud()
    yield serving
    serving.close()


@pytest.fixture
def served(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[CredentialsServer]:
    # Short: the local cloud that is slow here never answers before the test lets it.
    monkeypatch.setattr(credentials_server, "PATIENCE_SECONDS", 0.2)
    serving = CredentialsServer(
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{cloud.server.server_port}/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN,
        }
    )
    yield serving
    cloud.going.set()
    serving.close()


def ask(served: CredentialsServer, token: str = TOKEN) -> tuple[int, dict[str, str]]:
    address = served.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    request = urllib.request.Request(address, headers={"Authorization": token})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_what_the_local_cloud_lends_now_is_handed_out(
    served: CredentialsServer, cloud: Cloud
) -> None:
    assert [ask(served)[1]["AccessKeyId"] for _ in range(2)] == ["KEY1", "KEY2"]
    assert cloud.asked == [TOKEN, TOKEN]


def test_what_it_lent_before_is_handed_out_while_it_is_slow(
    served: CredentialsServer, cloud: Cloud
) -> None:
    ask(served)
    cloud.going.clear()
    assert ask(served)[1]["AccessKeyId"] == "KEY1"


def test_credentials_that_end_soon_are_not(served: CredentialsServer, cloud: Cloud) -> None:
    cloud.lifetime = credentials_server.RESERVE_SECONDS - 60
    ask(served)
    cloud.going.clear()
    threading.Timer(0.5, cloud.going.set).start()
    assert ask(served)[1]["AccessKeyId"] == "KEY2"


def test_a_role_that_is_refused_is_lent_nothing_from_before(
    served: CredentialsServer, cloud: Cloud
) -> None:
    ask(served)
    cloud.status = 403
    assert ask(served)[0] == 403
    cloud.going.clear()
    threading.Timer(0.5, cloud.going.set).start()
    assert ask(served)[0] == 403


def test_a_local_cloud_that_is_away_lends_nothing(served: CredentialsServer, cloud: Cloud) -> None:
    ask(served)
    cloud.close()
    status, said = ask(served)
    assert status == 503
    assert said["message"].startswith("the local cloud is away: ")


def test_nobody_without_the_token_is_lent_anything(served: CredentialsServer, cloud: Cloud) -> None:
    assert ask(served, "another")[0] == 403
    assert cloud.asked == []
