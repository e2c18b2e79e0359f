"""The query protocol by botocore's models: input from flat parameters, and answers in XML.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape


def members(flat: Mapping[str, str], shape: Shape, prefix: str, ec2: bool, known: set[str]) -> Any:
    """A value of a shape from the flat parameters of a query: `Tags.member.1.Key=…`.

    Args:
        flat: all parameters of the request.
        shape: what is read.
        prefix: how its parameters begin; empty for the whole input.
        ec2: whether names and lists are written as EC2 does.
        known: gets the parameters that the shape has.
    """
    if isinstance(shape, StructureShape):
        found: dict[str, Any] = {}
        for name, member in shape.members.items():
            key = prefix + ("." if prefix else "") + _name(name, member, ec2)
            if any(k == key or k.startswith(f"{key}.") for k in flat):
                found[name] = members(flat, member, key, ec2, known)
        return found
    if isinstance(shape, (ListShape, MapShape)):
        middle = _middle(shape, ec2)
        numbers = {
            int(rest.split(".", 1)[0])
            for k in flat
            if k.startswith(f"{prefix}{middle}.")
            and (rest := k[len(prefix) + len(middle) + 1 :]).split(".", 1)[0].isdigit()
        }
        if isinstance(shape, MapShape):
            known.update(k for k in flat if k.startswith(f"{prefix}."))
            return {}
        if prefix in flat:
            known.add(prefix)
        return [
            members(flat, shape.member, f"{prefix}{middle}.{n}", ec2, known)
            for n in sorted(numbers)
        ]
    known.add(prefix)
    return scalar(flat.get(prefix, ""), shape)


def _middle(shape: ListShape | MapShape, ec2: bool) -> str:
    """What stands between the name of a list or map and the number of an entry."""
    if ec2 or shape.serialization.get("flattened"):
        return ""
    if isinstance(shape, MapShape):
        return ".entry"
    return "." + shape.member.serialization.get("name", "member")


def _name(name: str, member: Shape, ec2: bool) -> str:
    serialization = member.serialization
    if ec2:
        if "queryName" in serialization:
            return serialization["queryName"]
        name = serialization.get("name", name)
        return name[0].upper() + name[1:]
    if isinstance(member, ListShape) and serialization.get("flattened"):
        return member.member.serialization.get("name", serialization.get("name", name))
    return serialization.get("name", name)


def scalar(text: str, shape: Shape) -> Any:
    """A text as a value of a shape; the text itself where it is none."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError:
        return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def answer(service: ServiceModel, name: str, content: Mapping[str, Any]) -> bytes:
    """The answer of an operation in XML.

    Args:
        service: its model.
        name: of the operation.
        content: of the answer, by the names of the model.

    Raises:
        KeyError: for a member that the model does not have.
    """
    namespace = service.metadata["xmlNamespace"]
    root = ElementTree.Element(f"{name}Response", xmlns=namespace)
    shape = service.operation_model(name).output_shape
    if shape is not None:
        inside = root
        if (wrapper := shape.serialization.get("resultWrapper")) is not None:
            inside = ElementTree.SubElement(root, wrapper)
        _fill(inside, content, shape)
    metadata = ElementTree.SubElement(root, "ResponseMetadata")
    ElementTree.SubElement(metadata, "RequestId").text = str(uuid.uuid4())
    return ElementTree.tostring(root, encoding="utf-8")


def _fill(element: ElementTree.Element, value: Any, shape: Shape) -> None:
    if isinstance(shape, StructureShape):
        for name, given in value.items():
            member = shape.members[name]
            if given is not None:
                inside = member.serialization.get("name", name)
                _fill(ElementTree.SubElement(element, inside), given, member)
    elif isinstance(shape, ListShape):
        for given in value:
            inside = shape.member.serialization.get("name", "member")
            _fill(ElementTree.SubElement(element, inside), given, shape.member)
    elif shape.type_name == "boolean":
        element.text = "true" if value else "false"
    elif shape.type_name == "timestamp":
        moment = datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
        element.text = moment.replace("+00:00", "Z")
    else:
        element.text = str(value)
