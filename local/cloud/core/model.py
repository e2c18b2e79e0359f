"""Requests against AWS's own API models: what AWS refuses is refused before it does anything.

The models are botocore's. Members that a JSON service does not know are let through, as AWS does.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import Session

from local.cloud.core import query, validation

#: The services that are checked: what a request is signed for, and the model's name.
SERVICES = {
    "airflow": "mwaa",
    "athena": "athena",
    "cloudcontrolapi": "cloudcontrol",
    "ec2": "ec2",
    "elasticmapreduce": "emr",
    "glue": "glue",
    "iam": "iam",
    "kms": "kms",
    "logs": "logs",
    "redshift": "redshift",
    "redshift-data": "redshift-data",
    "redshift-serverless": "redshift-serverless",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "ssm": "ssm",
    "states": "stepfunctions",
    "sts": "sts",
    "tagging": "resourcegroupstaggingapi",
}

#: The error of a service's validation where it is not ValidationException.
CODES = {
    "athena": "InvalidRequestException",
    "ec2": "InvalidParameterValue",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "redshift": "InvalidParameterValue",
    "sns": "InvalidParameter",
    "sts": "ValidationError",
    "tagging": "InvalidParameterException",
}

#: Query requests name these beside the members of their input.
_QUERY_PARAMETERS = {"Action", "Version"}

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


async def check(scope: dict[str, Any], headers: dict[str, str], body: Any) -> Any:
    """Check a request.

    Args:
        scope: the request, as ASGI has it.
        headers: its headers, with names in lower case.
        body: reads the body, and gives it to the service again.

    Returns:
        The answer that refuses it; None where it may go on.
    """
    found = _SCOPE.search(headers.get("authorization", ""))
    if found is None or found[1] not in SERVICES:
        return None
    service = found[1]
    model = service_model(SERVICES[service])
    content = await body.whole()
    protocol = model.metadata["protocol"]
    if protocol == "json":
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        return _json(service, model, operation, content)
    if protocol == "rest-json":
        return _rest_json(service, model, scope, content)
    return _query(service, model, scope, content)


@functools.cache
def session() -> Session:
    """One for all models: each looks through all of AWS's services before it loads its first."""
    return botocore.session.get_session()


@functools.cache
def service_model(name: str) -> ServiceModel:
    """The model of a service, by botocore's name of it."""
    return session().get_service_model(name)


def shape_members(service: str, shape: str) -> frozenset[str]:
    """The members of a structure of a service's API."""
    return frozenset(service_model(service).shape_for(shape).members)


def warm() -> None:
    """Load the models: the first request of each service would wait for it otherwise."""
    for name in (*SERVICES.values(), "s3"):
        service_model(name)


def _operation(model: ServiceModel, name: str) -> OperationModel | None:
    return model.operation_model(name) if name in model.operation_names else None


def _json(service: str, model: ServiceModel, name: str, content: bytes) -> Any:
    operation = _operation(model, name)
    if operation is None or operation.input_shape is None:
        return None
    try:
        members = json.loads(content or b"{}")
    except ValueError:
        return _refused_json("SerializationException", "the body is not JSON")
    if not isinstance(members, dict):
        return _refused_json("SerializationException", "the body is not a JSON object")
    found = list(problems(members, operation.input_shape, ""))
    if not found and (refusal := validation.refusal(service, name, members)) is not None:
        return _refused_json(*refusal)
    return _answer_json(service, found)


def _rest_json(service: str, model: ServiceModel, scope: dict[str, Any], content: bytes) -> Any:
    for name in model.operation_names:
        operation = model.operation_model(name)
        members = _matched(operation, scope)
        if members is None:
            continue
        if operation.input_shape is None:
            return None
        try:
            given = json.loads(content or b"{}")
        except ValueError:
            return _refused_json("SerializationException", "the body is not JSON")
        if not isinstance(given, dict):
            return _refused_json("SerializationException", "the body is not a JSON object")
        shape = operation.input_shape
        for member, described in shape.members.items():
            name = described.serialization.get("name", member)
            if "location" not in described.serialization and name in given:
                members[member] = given[name]
        return _answer_json(service, list(problems(members, shape, "")))
    return None


def _matched(operation: OperationModel, scope: dict[str, Any]) -> dict[str, Any] | None:
    """The members that a request's path and query name; None where it is of another operation."""
    if operation.http["method"] != scope["method"]:
        return None
    raw = (scope.get("raw_path") or scope["path"].encode()).decode().split("?", 1)[0]
    found = _path_pattern(operation.http["requestUri"].split("?", 1)[0]).fullmatch(raw)
    if found is None:
        return None
    named: dict[str, Any] = {key: unquote(value) for key, value in found.groupdict().items()}
    shape = operation.input_shape
    by_location = {
        (member.serialization.get("name", name)): (name, member)
        for name, member in (shape.members if shape else {}).items()
        if member.serialization.get("location") in ("uri", "querystring")
    }
    for key, values in parse_qs(scope.get("query_string", b"").decode()).items():
        _, member = by_location.get(key, (key, None))
        listed = member is not None and isinstance(member, ListShape)
        named[key] = values if listed or member is None else query.scalar(values[0], member)
    return {by_location[key][0]: value for key, value in named.items() if key in by_location}


@functools.cache
def _path_pattern(template: str) -> re.Pattern[str]:
    """The expression of a path such as `/tags/{ResourceArn}`; `{Key+}` takes slashes as well."""
    fixed_and_named = re.split(r"\{(\w+)(\+?)\}", template)
    pattern = re.escape(fixed_and_named[0])
    for name, greedy, fixed in zip(*(iter(fixed_and_named[1:]),) * 3, strict=True):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'}){re.escape(fixed)}"
    return re.compile(pattern)


def _query(service: str, model: ServiceModel, scope: dict[str, Any], content: bytes) -> Any:
    pairs = parse_qs(content.decode(), keep_blank_values=True)
    pairs |= parse_qs(scope.get("query_string", b"").decode(), keep_blank_values=True)
    flat = {key: values[0] for key, values in pairs.items()}
    operation = _operation(model, flat.get("Action", ""))
    if operation is None or operation.input_shape is None:
        return None
    known: set[str] = set()
    members = query.members(flat, operation.input_shape, "", service == "ec2", known)
    if service == "ec2":
        other = sorted(set(flat) - known - _QUERY_PARAMETERS)
        if other:
            return _refused_xml(
                service, "UnknownParameter", f"The parameter {other[0]} is not recognized"
            )
    found = list(problems(members, operation.input_shape, ""))
    if found:
        return _refused_xml(service, CODES[service], _summary(found))
    refusal = validation.refusal(service, flat["Action"], members)
    return _refused_xml(service, *refusal) if refusal is not None else None


def problems(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """What is wrong with a value, in AWS's words: one sentence a problem."""
    if value is None:
        return
    expected = _JSON_TYPES.get(shape.type_name)
    if expected and (
        not isinstance(value, expected) or (bool in map(type, [value]) and bool not in expected)
    ):
        yield f"Value at '{path}' has the wrong type: it must be of type {shape.type_name}"
        return
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            if value.get(name) is None:
                yield _failed(None, _join(path, name), "Member must not be null")
        for name, member in shape.members.items():
            if name in value:
                yield from problems(value[name], member, _join(path, name))
    elif isinstance(shape, ListShape):
        yield from _bounds(len(value), shape, path, "length", value)
        for number, item in enumerate(value, 1):
            yield from problems(item, shape.member, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        yield from _bounds(len(value), shape, path, "length", value)
        for key, item in value.items():
            yield from problems(key, shape.key, f"{path}.key")
            yield from problems(item, shape.value, f"{path}.{key}.member")
    elif shape.type_name == "string":
        yield from _bounds(len(value), shape, path, "length", value)
        yield from _text(value, shape, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _bounds(value, shape, path, "value", value)


def _text(value: str, shape: Shape, path: str) -> Iterator[str]:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    pattern = _pattern(shape.metadata.get("pattern"))
    if pattern is not None and pattern.fullmatch(value) is None:
        yield _failed(
            value,
            path,
            f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}",
        )


@functools.cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    """A model's pattern, which is written for Java."""
    if text is None:
        return None
    for java, ours in _JAVA.items():
        text = text.replace(java, ours)
    return re.compile(re.sub(r"\\p\{([A-Z])\}", lambda found: _category(found[1]), text))


#: What Java writes otherwise: surrogate pairs, a hyphen after a class, a class of its own.
_JAVA = {
    "\\uD800\\uDC00-\\uDBFF\\uDFFF": "\\U00010000-\\U0010FFFF",
    "\\w-": "\\w\\-",
    "\\p{ASCII}": "[\\x00-\\x7F]",
}


#: Beyond the planes of ideographs, Unicode has neither letters nor numbers.
_BEYOND = 0x32400


@functools.cache
def _category(letter: str) -> str:
    """The ranges of a general category of Unicode's, such as L for letters, as a class has them."""
    of = [unicodedata.category(chr(point))[0] == letter for point in range(_BEYOND)]
    ranges = [
        [point for point, _ in run]
        for holds, run in itertools.groupby(enumerate(of), lambda each: each[1])
        if holds
    ]
    return "".join(f"\\U{run[0]:08X}-\\U{run[-1]:08X}" for run in ranges)


def _bounds(size: float, shape: Shape, path: str, what: str, value: Any) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield _failed(value, path, f"Member must have {what} greater than or equal to {low}")
    if high is not None and size > high:
        yield _failed(value, path, f"Member must have {what} less than or equal to {high}")


def _join(path: str, name: str) -> str:
    named = name[0].lower() + name[1:]
    return f"{path}.{named}" if path else named


def _failed(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _summary(found: list[str]) -> str:
    errors = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {errors} detected: {'; '.join(found)}"


def _answer_json(service: str, found: list[str]) -> Any:
    if not found:
        return None
    return _refused_json(CODES.get(service, "ValidationException"), _summary(found))


def _refused_json(code: str, message: str) -> Any:
    content = json.dumps({"__type": code, "message": message, "Message": message})
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
    return 400, headers, content.encode()


def _refused_xml(service: str, code: str, message: str) -> Any:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    text = (
        f"<Response><Errors>{error}</Errors><RequestID>local</RequestID></Response>"
        if service == "ec2"
        else f"<ErrorResponse>{error}<RequestId>local</RequestId></ErrorResponse>"
    )
    return 400, {"Content-Type": "text/xml"}, text.encode()
