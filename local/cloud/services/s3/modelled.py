"""S3's requests against botocore's model of it: enumerated headers, and documents in bodies.

What else the model bounds, a bucket's name or the length of a key, is looked at where S3 has an
error of its own for it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from xml.etree import ElementTree

from botocore.model import Shape, StructureShape
from botocore.parsers import RestXMLParser

from local.cloud.core import model

#: Errors of values of these headers; the others are InvalidArgument.
#: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_CODES = {
    "x-amz-server-side-encryption": "InvalidEncryptionAlgorithmError",
    "x-amz-storage-class": "InvalidStorageClass",
}

# Times stay text, as they are sent.
_PARSER = RestXMLParser(timestamp_parser=str)


@functools.cache
def _headers() -> Mapping[str, frozenset[str]]:
    """Allowed values by header, of all operations that have it."""
    found: dict[str, frozenset[str]] = {}
    service = model.service_model("s3")
    for name in service.operation_names:
        shape = service.operation_model(name).input_shape
        for member in shape.members.values() if shape else ():
            place = member.serialization
            if place.get("location") == "header" and (allowed := member.metadata.get("enum")):
                header = place["name"].lower()
                found[header] = found.get(header, frozenset()) | frozenset(allowed)
    return found


@functools.cache
def _documents() -> Mapping[tuple[str, bool, str], Shape]:
    """Shapes of bodies, by method, whether there is a key, and the parameter that names it."""
    found: dict[tuple[str, bool, str], Shape] = {}
    service = model.service_model("s3")
    for name in service.operation_names:
        operation = service.operation_model(name)
        shape = operation.input_shape
        if shape is None or (payload := shape.serialization.get("payload")) is None:
            continue
        path, _, query = operation.http["requestUri"].partition("?")
        if query and isinstance(shape.members[payload], StructureShape):
            part = query.split("&")[0].split("=")[0]
            found[operation.http["method"], "{Key+}" in path, part] = shape.members[payload]
    return found


def problem(
    method: str, has_key: bool, headers: Mapping[str, str], body: bytes, query: Mapping[str, object]
) -> tuple[str, str] | None:
    """What the model refuses of a request: the error's code and message; None where nothing."""
    for header, value in headers.items():
        allowed = _headers().get(header)
        if allowed is not None and value not in allowed:
            return _CODES.get(header, "InvalidArgument"), (
                f"{header} is {value!r}; allowed: {', '.join(sorted(allowed))}"
            )
    for part in query:
        shape = _documents().get((method, has_key, part))
        if shape is not None and body:
            return _malformed(shape, body)
    return None


def _malformed(shape: Shape, body: bytes) -> tuple[str, str] | None:
    try:
        # Signed by a caller of the local cloud, and read by the emulator as well.
        document = ElementTree.fromstring(body)  # noqa: S314
        found = next(model.problems(_PARSER._parse_shape(shape, document), shape, ""), None)
    except (ElementTree.ParseError, ValueError) as error:
        found = str(error)
    if found is None:
        return None
    return "MalformedXML", (
        "The XML you provided was not well-formed or did not validate against our published "
        f"schema: {found}"
    )
