"""CloudFormation's resource schemas as cfn-lint carries them, on standard output as JSON.

Usage: cloudformation.py TYPE..., for example cloudformation.py AWS::EC2::Subnet. What is printed
has each type's schema with cfn-lint's corrections in it and references resolved, and the pattern of
each of cfn-lint's formats.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from importlib.metadata import version
from typing import Any

import cfnlint.rules.formats
from cfnlint.rules.formats.FormatKeyword import FormatKeyword
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

#: Resource schemas differ little by Region; this one has nearly every type.
REGION = "us-east-1"

#: What says nothing of a value.
PROSE = ("description", "title", "$comment", "default", "examples")


def resolved(node: Any, root: dict[str, Any], inside: tuple[str, ...] = ()) -> Any:
    """A part of a schema without prose, and with what its references name in their place.

    A structure that contains itself is followed once, and a reference to another file is left out.
    """
    if isinstance(node, list):
        return [resolved(item, root, inside) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(reference := node.get("$ref"), str):
        if reference in inside or not reference.startswith("#/"):
            return {}
        found: Any = root
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        others = {key: value for key, value in node.items() if key != "$ref"}
        return resolved({**found, **others}, root, (*inside, reference))
    return {
        key: {name: resolved(value, root, inside) for name, value in item.items()}
        if key in ("properties", "patternProperties")
        else resolved(item, root, inside)
        for key, item in node.items()
        if key not in PROSE and key != "definitions"
    }


def formats() -> dict[str, str]:
    """The pattern of each format that cfn-lint checks by one."""
    found = {}
    for module in pkgutil.iter_modules(cfnlint.rules.formats.__path__):
        loaded = importlib.import_module(f"cfnlint.rules.formats.{module.name}")
        for _, rule in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(rule, FormatKeyword) and rule is not FormatKeyword:
                made = rule()
                if made.format_keyword and made.pattern:
                    found[made.format_keyword] = made.pattern
    return found


if __name__ == "__main__":
    schemas = {}
    for name in sys.argv[1:]:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, name).schema
        schemas[name] = resolved(schema, schema)
    json.dump(
        {"version": version("cfn-lint"), "schemas": schemas, "formats": formats()}, sys.stdout
    )
