"""The door of the local cloud: who may speak to it at all, its own routes, and then ministack.

Nothing gets to ministack without a valid signature: it has routes of its own that ask for none, as
those of load balancers, user pools and registries, and serves what a bucket's policy makes public.
"""

from __future__ import annotations

import hmac
import json
import re
import time
import uuid
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, quote

from ministack import app as ministack_app
from ministack.core import iam_actions, iam_evaluator, router, sigv4

from local.cloud.core import access, auth, inventory, model, seam
from local.cloud.core.settings import ACCOUNT, Settings
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

#: Sent twice, these would be read one way here and another way behind the door.
ONCE = (b"host", b"authorization", b"content-length", b"x-amz-content-sha256")

#: What a query string has that is signed, in lower case; the last is of Signature Version 2.
_OF_SIGNATURES = frozenset(
    {"x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid"}
)

_ALGORITHM = "AWS4-HMAC-SHA256"

#: The payload hash of a request whose body is signed, as a whole.
_DIGEST = re.compile(r"[0-9a-f]{64}")

#: The services of the query protocol, by what requests are signed for: they alone name an action
#: in the query string or in a form. Others have it in X-Amz-Target, or in method and path.
_OF_QUERY_PROTOCOL = frozenset(
    {
        *("autoscaling", "cloudformation", "ec2", "elasticache", "elasticloadbalancing", "iam"),
        *("monitoring", "rds", "ses", "sns", "sqs", "sts"),
    }
)

#: The status of refusals that are not about who asks; the others have that of ministack's table.
_STATUS = {"EntityTooLarge": 413, "InvalidAction": 400, "XAmzContentSHA256Mismatch": 400}

#: Code and message of a refusal, as `iam_actions.access_denied_response` takes them.
Failure = tuple[str, str]


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
        body = _Body(receive, BODY_LIMIT, headers.get("content-length", "0"))
        ended = not body.too_long and (failure is not None or await body.read())
        if body.too_long:
            message = f"the body has more than {BODY_LIMIT} bytes, the limit of the local cloud"
            await _refuse(send, scope, headers, ("EntityTooLarge", message))
            return
        if not ended:
            return
        if not isinstance(signature, tuple):
            failure = signature_failure(signature, scope, headers, query, body.digest())
            if failure is None and await misplaced_action(signature.service, headers, query, body):
                failure = (
                    "InvalidAction",
                    f"{signature.service} does not take the name of an action where this request "
                    "has it, or the request has more than one",
                )
        if failure is not None:
            await _refuse(send, scope, headers, failure)
            return
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
                await _answer(send, 200, access.report(int(query.get("since", "0"))))
        else:
            await _answer(send, 404, {"message": f"there is no route {OWN}{route}"})


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    """The headers, with names in lower case; the values of one name joined as they are signed."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), sigv4.decode_header_value(raw_value)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def claimed(
    headers: dict[str, str], query: dict[str, list[str]]
) -> sigv4.HeaderSignature | Failure:
    """The signature that a request carries, in its header or its address; else what is wrong.

    Signature Version 2 is refused, as AWS does for new buckets:
    https://docs.aws.amazon.com/AmazonS3/latest/API/UsingAWSSDK.html#UsingAWSSDK-sig2-deprecation
    """
    authorization = headers.get("authorization", "")
    in_query = any(name.lower() in _OF_SIGNATURES for name in query)
    if not authorization and not in_query:
        return "MissingAuthenticationToken", "Request is missing Authentication Token"
    algorithm = authorization.partition(" ")[0] or query.get("X-Amz-Algorithm", [""])[0]
    if (authorization and in_query) or algorithm != _ALGORITHM:
        return "UnsupportedSignature", f"Sign by {_ALGORITHM}, in the header or in the address"
    signature = (
        sigv4.parse_header_signature(headers)
        if authorization
        else sigv4.parse_query_signature(query)
    )
    if isinstance(signature, tuple):
        return signature
    if seam.caller(headers, query) != signature.access_key_id:
        return "IncompleteSignature", "The signature names more than one key"
    return signature


def signature_failure(
    signature: sigv4.HeaderSignature,
    scope: dict[str, Any],
    headers: dict[str, str],
    query: dict[str, list[str]],
    digest: str,
) -> Failure | None:
    """What is wrong with a signature: time, key, session token or value; None where all is well.

    Args:
        signature: what the request carries.
        scope: the request, as ASGI has it.
        headers: its headers, with names in lower case.
        query: its query string's values by name.
        digest: SHA-256 of its body.
    """
    presigned = "authorization" not in headers
    expires = query.get("X-Amz-Expires", [""])[0]
    if presigned and expires:
        try:
            if sigv4.presigned_request_is_expired(signature.amz_date, expires):
                return "RequestExpired", "Request has expired"
        except ValueError:
            return "IncompleteSignature", "X-Amz-Date or X-Amz-Expires cannot be read"
    elif (skewed := sigv4.request_time_failure(signature)) is not None:
        return skewed
    token = (
        query.get("X-Amz-Security-Token", [""])[0]
        if presigned
        else headers.get("x-amz-security-token", "")
    )
    known = iam_evaluator.resolve_credential(signature.access_key_id, ACCOUNT, token)
    if isinstance(known, iam_evaluator.CredentialResolutionError):
        # The key of a session without its token is an unknown one, to AWS.
        unknown = known.code == "InvalidToken" and not token
        return "UnrecognizedClientException" if unknown else known.code, known.message
    if signature.date_stamp != signature.amz_date[:8]:
        return (
            "CredentialDateMismatch",
            "Date in Credential scope does not match that of the request",
        )
    payload = headers.get("x-amz-content-sha256", digest)
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    # A body that is signed in pieces is left to ministack, which has to take it apart anyway.
    _, to_sign = sigv4.header_signing_documents(
        signature,
        scope["method"],
        raw_path.decode("latin-1"),
        query,
        {**headers, "x-amz-content-sha256": payload},
        b"",
        presigned=presigned,
    )
    computed = sigv4.calculate_signature(
        known.secret_access_key,
        signature.date_stamp,
        signature.region,
        signature.service,
        to_sign,
    )
    if not hmac.compare_digest(computed.encode(), signature.signature.encode()):
        return "SignatureDoesNotMatch", sigv4.SIGNATURE_MISMATCH
    if not presigned and _DIGEST.fullmatch(payload) and payload != digest:
        if signature.service == "s3":
            # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            return (
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            )
        return "SignatureDoesNotMatch", sigv4.SIGNATURE_MISMATCH
    return None


async def misplaced_action(
    service: str, headers: dict[str, str], query: dict[str, list[str]], body: _Body
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


class _Body:
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
        return self._kept.pop(0) if self._kept else await self._receive()


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
