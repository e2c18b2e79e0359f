"""Gateway of the local cloud: authenticates requests, serves its own routes, then asks ministack.

Nothing gets to ministack without a valid signature: it has routes of its own that ask for none, as
those of load balancers, user pools and registries, and serves what a bucket's policy makes public.
"""

from __future__ import annotations

import hmac
import json
import time
import uuid
from typing import Any
from urllib.parse import parse_qs

from ministack import app as ministack_app
from ministack.core import iam_actions, router, sigv4

from local.cloud.core import access, auth, inventory, model, ways
from local.cloud.core.body import Body
from local.cloud.core.settings import REGION, Settings
from local.cloud.core.signatures import Failure, claimed, signature_failure
from local.cloud.core.state import Saver

#: The largest request body: an object of the pipelines, with room to spare.
BODY_LIMIT = 512 * 1024 * 1024

#: Where our own routes are.
OWN = "/_local/"

#: ministack's own: among them are such as empty it without asking who calls.
FOREIGN = ("/_ministack", "/_localstack", "/_aws")

#: What only a browser sends. Node's fetch sends `Sec-Fetch-Mode: cors` as well, but none of these.
#: https://developer.mozilla.org/en-US/docs/Glossary/Fetch_metadata_request_header
OF_BROWSERS = frozenset({"origin", "sec-fetch-dest", "sec-fetch-site", "sec-fetch-user"})

#: Sent twice, these would be read one way here and another way behind the gateway.
ONCE = (b"host", b"authorization", b"content-length", b"x-amz-content-sha256")

#: The services of the query protocol, by what requests are signed for: they alone name an action
#: in the query string or in a form. Others have it in X-Amz-Target, or in method and path.
_OF_QUERY_PROTOCOL = frozenset(
    {
        *("autoscaling", "cloudformation", "ec2", "elasticache", "elasticloadbalancing", "iam"),
        *("monitoring", "rds", "redshift", "ses", "sns", "sqs", "sts"),
    }
)

#: The status of refusals that are not about who asks; the others have that of ministack's table.
_STATUS = {
    "ConnectTimeout": 504,
    "EntityTooLarge": 413,
    "InvalidAction": 400,
    "NotImplemented": 501,
    "XAmzContentSHA256Mismatch": 400,
}


class _EndedError(Exception):
    """The server ends."""


async def _lived(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Start the emulator. Of the end it is told nothing: it would save what `Saver` saves."""

    async def told() -> Any:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            raise _EndedError
        return message

    try:
        await ministack_app.app(scope, told, send)
    except _EndedError:
        await send({"type": "lifespan.shutdown.complete"})


class Gateway:
    """The ASGI application."""

    def __init__(self, settings: Settings, saver: Saver, services: frozenset[str]) -> None:
        """Take what to serve.

        Args:
            settings: of this local cloud.
            saver: saves the state after a change.
            services: what requests are signed for to the services that are run.
        """
        self._settings = settings
        self._saver = saver
        self._services = services
        self._hosts = {f"{name}:{settings.port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one request, or the start and end of the server."""
        if scope["type"] == "lifespan":
            await _lived(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
            return
        headers = _headers(scope)
        path = scope["path"]
        send = _without_cors(send)
        if (reason := self._unwelcome(scope, headers)) is not None:
            await _answer(send, 403, {"message": reason})
            return
        query_string = scope.get("query_string", b"").decode("latin-1")
        if path.startswith(OWN):
            await self._own(path[len(OWN) :], scope["method"], query_string, headers, send)
            return
        if auth.misnamed_action(headers, query_string):
            await _answer(
                send,
                400,
                {
                    "__type": "SerializationException",
                    "message": "X-Amz-Target names the action: take Action out of the query string",
                },
            )
            return
        query = parse_qs(query_string, keep_blank_values=True)
        signature = claimed(headers, query)
        failure = signature if isinstance(signature, tuple) else None
        body = Body(receive, BODY_LIMIT, headers.get("content-length", "0"))
        ended = not body.too_long and (failure is not None or await body.read())
        if body.too_long:
            message = f"the body has more than {BODY_LIMIT} bytes, the limit of the local cloud"
            await _refuse(send, scope, headers, ("EntityTooLarge", message))
            return
        if not ended:
            return
        if not isinstance(signature, tuple):
            failure = await _fault(signature, scope, headers, query, body)
            failure = failure or self._unserved(signature.service)
        if failure is not None:
            await _refuse(send, scope, headers, failure)
            return
        access.called_by(headers.get("user-agent", ""))
        # The loopback stands for TLS: nothing on the way can read or change a request.
        scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        checked = await model.check(scope, headers, body)
        if checked is not None:
            await _answer_raw(send, checked)
            return
        await ministack_app.app(scope, body, send)
        if scope["method"] != "GET" and scope["method"] != "HEAD":
            self._saver.touch()

    def _unwelcome(self, scope: dict[str, Any], headers: dict[str, str]) -> str | None:
        """Why a request is not served: a web page in a browser must not drive the local cloud."""
        names = [name.lower() for name, _ in scope["headers"]]
        if (repeated := next((n for n in ONCE if names.count(n) > 1), None)) is not None:
            return f"the header {repeated.decode()} is sent more than once"
        # A page reaches the loopback by a name of its own, too, which it has changed meanwhile.
        if headers.get("host", "") not in self._hosts:
            return (
                f"the host {headers.get('host')!r} is not this server: use {sorted(self._hosts)[0]}"
            )
        if not OF_BROWSERS.isdisjoint(headers) or headers.get("sec-fetch-mode", "cors") != "cors":
            return "requests of web pages are not served"
        path = scope["path"]
        if not path.startswith("/"):
            return f"the path {path!r} does not begin with a slash"
        if path.startswith(FOREIGN) or path == "/health":
            return f"{path} is not served"
        return None

    def _unserved(self, service: str) -> Failure | None:
        """What is said of a service that is not run."""
        if service in self._services:
            return None
        return (
            "NotImplemented",
            f"the local cloud does not run {service}. It runs {', '.join(sorted(self._services))}",
        )

    async def _own(
        self, route: str, method: str, query_string: str, headers: dict[str, str], send: Any
    ) -> None:
        if method != "GET":
            await _answer(send, 405, {"message": f"{OWN}{route} is for GET, not for {method}"})
            return
        query = {k: v[0] for k, v in parse_qs(query_string).items()}
        given = headers.get("authorization", "").encode()
        if route == "health":
            await _answer(send, 200, {"status": "ok"})
        elif route == "credentials":
            role, service = query.get("role", ""), query.get("service", "")
            source = query.get("source", "")
            expected = auth.route_token(self._settings, service, role, source)
            if not hmac.compare_digest(given, expected.encode()):
                await _answer(
                    send, 403, {"message": f"no authorization to use {role} as {service}"}
                )
                return
            await _lend(send, role, service, source or None)
        elif route in ("access", "inventory"):
            if not hmac.compare_digest(given, f"Bearer {self._settings.token}".encode()):
                await _answer(send, 403, {"message": f"no authorization to see the {route}"})
            elif route == "inventory":
                await _answer(send, 200, await inventory.taken())
            else:
                report = access.report(int(query.get("since", "0")), query.get("dag", ""))
                await _answer(send, 200, report)
        else:
            await _answer(send, 404, {"message": f"there is no route {OWN}{route}"})


async def _fault(
    signature: sigv4.HeaderSignature,
    scope: dict[str, Any],
    headers: dict[str, str],
    query: dict[str, list[str]],
    body: Body,
) -> Failure | None:
    """Why a signed request is not served; None where it is.

    Of a caller whose network has no way to a service nobody hears on AWS, and the client gives up
    after minutes. Here it has a status after which it tries again as well, and is told why.
    """
    failure = signature_failure(signature, scope, headers, query, body.digest())
    if failure is not None:
        return failure
    service = signature.service
    if await misplaced_action(service, headers, query, body):
        return (
            "InvalidAction",
            f"{service} does not take the name of an action where this request "
            "has it, or the request has more than one",
        )
    if (why := ways.blocked(signature.access_key_id, service)) is not None:
        return (
            "ConnectTimeout",
            f"Connect timeout on https://{service}.{REGION}.amazonaws.com/: {why}",
        )
    return None


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    """The headers, with names in lower case; the values of one name joined as they are signed."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), sigv4.decode_header_value(raw_value)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


async def misplaced_action(
    service: str, headers: dict[str, str], query: dict[str, list[str]], body: Body
) -> bool:
    """Whether an action is named where the service does not look for it.

    ministack looks in all places for what to ask IAM about, and in one for what to do: whoever may
    read an object could write it.
    """
    form = "x-www-form-urlencoded" in headers.get("content-type", "") and "Action" in parse_qs(
        (await body.whole()).decode("latin-1"), keep_blank_values=True
    )
    target = headers.get("x-amz-target", "")
    if target:
        return form or not any(
            target.startswith(prefix)
            for patterns in router.SERVICE_PATTERNS.values()
            for prefix in patterns.get("target_prefixes", ())
        )
    if form and "Action" in query:
        return True
    return (form or "Action" in query) and service not in _OF_QUERY_PROTOCOL


def _without_cors(send: Any) -> Any:
    """Send without the headers by which ministack lets the pages of every origin read answers."""

    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [
                (name, value)
                for name, value in message.get("headers", [])
                if not name.lower().startswith(b"access-control-")
            ]
            message = {**message, "headers": kept}
        await send(message)

    return sent


async def _lend(send: Any, role: str, service: str, source: str | None) -> None:
    """Answer as the credential endpoint of a container does.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    try:
        vended = auth.assume(role, service, source)
    except auth.Denied as denied:
        await _answer(send, 403, {"code": "AccessDenied", "message": str(denied)})
        return
    await _answer(
        send,
        200,
        {
            "AccessKeyId": vended.access_key_id,
            "SecretAccessKey": vended.secret_access_key,
            "Token": vended.session_token,
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(vended.expiration)),
            "RoleArn": role,
        },
    )


async def _refuse(
    send: Any, scope: dict[str, Any], headers: dict[str, str], failure: Failure
) -> None:
    """Answer as the service does that the request seems to be for."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    service = router.detect_service(scope["method"], scope["path"], headers, query)
    code, message = failure
    status, answered, body = iam_actions.access_denied_response(
        service, "", "", str(uuid.uuid4()), error_code=code, message=message, headers=headers
    )
    await _answer_raw(send, (_STATUS.get(code) or status, answered, body))


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
