"""How the operation and the input of a request are read, and answers are written, by protocol.

https://smithy.io/2.0/aws/protocols/
"""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape, unescape

from local.cloud.core import query as queries
from local.cloud.core.answers import Response, ServiceError, json_answer, json_error
from local.cloud.core.model import service_model

#: Values of a query string by name.
Query = Mapping[str, list[str]]


class Wire(Protocol):
    """A protocol."""

    def read(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]]:
        """The operation and its input; the operation is empty where the request names none."""
        ...

    def answer(self, operation: str, content: dict[str, Any]) -> Response:
        """Answer an operation with content."""
        ...

    def error(self, error: ServiceError) -> Response:
        """Answer an error."""
        ...


class Json:
    """AWS JSON: the operation is in X-Amz-Target, the input is the body."""

    def read(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]]:
        """See `Wire`."""
        return headers.get("x-amz-target", "").rsplit(".", 1)[-1], json.loads(body or b"{}")

    def answer(self, operation: str, content: dict[str, Any]) -> Response:
        """See `Wire`."""
        return json_answer(content)

    def error(self, error: ServiceError) -> Response:
        """See `Wire`."""
        return json_error(error)


class RestJson:
    """REST JSON: the operation is told by method and path, as the API's model has them."""

    def __init__(self, model: str) -> None:
        """Take the routes of a model of botocore's."""
        self._model = model

    def read(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]]:
        """See `Wire`. A parameter of the path or of the query string goes by its member's name."""
        content: dict[str, Any] = json.loads(body or b"{}")
        for route, pattern, operation, members in _routes(self._model):
            found = pattern.fullmatch(path) if route == method else None
            if found is not None:
                content |= {name: unquote(value) for name, value in found.groupdict().items()}
                content |= {members[key]: query[key] for key in query if key in members}
                return operation, content
        return "", content

    def answer(self, operation: str, content: dict[str, Any]) -> Response:
        """See `Wire`."""
        return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()

    def error(self, error: ServiceError) -> Response:
        """See `Wire`."""
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
        return error.status, headers, json.dumps({"message": str(error)}).encode()


@functools.cache
def _routes(model: str) -> list[tuple[str, re.Pattern[str], str, dict[str, str]]]:
    """Method, path and operation, and the members in the query string by their names there."""
    service = service_model(model)
    routes = []
    for name in service.operation_names:
        operation = service.operation_model(name)
        shape = operation.input_shape
        in_query = {
            member.serialization.get("name", key): key
            for key, member in (shape.members if shape else {}).items()
            if member.serialization.get("location") == "querystring"
        }
        # The path is decoded by now: an ARN in it, which is always last, may have slashes.
        template = operation.http["requestUri"].split("?", 1)[0]
        text = re.sub(r"\{(\w+)\+?\}$", r"(?P<\1>.+)", template)
        text = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text)
        routes.append((operation.http["method"], re.compile(text), name, in_query))
    return routes


class Ec2Query:
    """EC2's query: the operation and the parameters are in the query string or in a form."""

    def read(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]]:
        """See `Wire`. Parameters are flat, as `SubnetId.1`."""
        content = {name: values[0] for name, values in query.items()}
        content |= {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return content.get("Action", ""), content

    def answer(self, operation: str, content: dict[str, Any]) -> Response:
        """Not for content: its shape is told by the operation's model."""
        raise TypeError("an operation of EC2's answers with XML of its own")

    def error(self, error: ServiceError) -> Response:
        """See `Wire`."""
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{escape(error.code)}</Code><Message>{escape(str(error))}</Message>"
            f"</Error></Errors><RequestID>{uuid.uuid4()}</RequestID></Response>"
        )
        return error.status, {"Content-Type": "application/xml"}, text.encode()


#: Elements of answers whose text is the caller's own.
_TEXTS = re.compile(
    rb"<(Description|groupDescription|groupName|Key|Value|key|value|Message)>(.*?)</\1>", re.DOTALL
)


#: Quotation marks, which the emulator escapes in some answers.
_QUOTES = {"&quot;": '"', "&#34;": '"', "&apos;": "'", "&#39;": "'", "&#x27;": "'"}


def escaped(answer: Response) -> Response:
    """An answer in XML, with the caller's text escaped, which the emulator leaves as it is."""

    def text(found: re.Match[bytes]) -> bytes:
        element = found[1].decode()
        return f"<{element}>{escape(unescape(found[2].decode(), _QUOTES))}</{element}>".encode()

    status, headers, body = answer
    # The emulator gives some as text, whatever it says.
    given = body.encode() if isinstance(body, str) else body
    return status, headers, _TEXTS.sub(text, given)


class Form(Ec2Query):
    """The query of the other services, such as IAM: it is read likewise, and errs otherwise."""

    def error(self, error: ServiceError) -> Response:
        """See `Wire`."""
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Sender</Type>'
            f"<Code>{escape(error.code)}</Code><Message>{escape(str(error))}</Message>"
            f"</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
        )
        return error.status, {"Content-Type": "text/xml"}, text.encode()


class ModelledQuery(Form):
    """The query of a service whose input and answers are read and written by botocore's model."""

    def __init__(self, model: str) -> None:
        """Take the operations of a model of botocore's."""
        self._model = model

    def read(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]]:
        """See `Wire`. Members go by their names in the model."""
        # Unlike the others, it has members that are empty: what is taken away from a resource.
        flat = {name: values[0] for name, values in query.items()}
        form = parse_qs(body.decode(), keep_blank_values=True)
        flat |= {name: values[0] for name, values in form.items()}
        operation = flat.get("Action", "")
        model = service_model(self._model)
        shape = (
            model.operation_model(operation).input_shape
            if operation in model.operation_names
            else None
        )
        return operation, queries.members(flat, shape, "", False, set()) if shape else {}

    def answer(self, operation: str, content: dict[str, Any]) -> Response:
        """See `Wire`."""
        body = queries.answer(service_model(self._model), operation, content)
        return 200, {"Content-Type": "text/xml"}, body
