"""The rules of Choice states with JSONPath.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Callable
from typing import Any

from local.cloud.services.stepfunctions import paths

_COMPARISON = re.compile(
    r"(String|Numeric|Boolean|Timestamp)"
    r"(Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)(Path)?"
)

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}


def holds(rule: dict[str, Any], data: Any, ctx: dict[str, Any]) -> bool:
    """Whether a rule holds.

    Raises:
        ExecutionError: where it asks for what is not there. IsPresent alone may.
    """
    if "And" in rule:
        return all(holds(inner, data, ctx) for inner in rule["And"])
    if "Or" in rule:
        return any(holds(inner, data, ctx) for inner in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data, ctx)
    if "IsPresent" in rule:
        return paths.is_present(rule["Variable"], data, ctx) == rule["IsPresent"]
    value = paths.resolve(rule["Variable"], data, ctx)
    for name, wanted in rule.items():
        if name in _TESTS:
            return _TESTS[name](value) == wanted
        if name == "StringMatches":
            return isinstance(value, str) and _matches(value, wanted)
        compared = _COMPARISON.fullmatch(name)
        if compared is not None:
            kind, comparison, by_path = compared.groups()
            other = paths.resolve(wanted, data, ctx) if by_path else wanted
            return _compare(kind, comparison, value, other)
    return False


def _compare(kind: str, comparison: str, value: Any, other: Any) -> bool:
    """Compare two values of a kind; what is of another kind is neither equal, less nor greater."""
    if kind == "Timestamp":
        value, other = _timestamp(value), _timestamp(other)
    fits = _KINDS[kind]
    return fits(value) and fits(other) and _OPERATORS[comparison](value, other)


def _matches(text: str, pattern: str) -> bool:
    """Whether a text fits a pattern, in which `*` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def _timestamp(value: Any) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Numeric": _is_number,
    "Boolean": lambda value: isinstance(value, bool),
    "Timestamp": lambda value: value is not None,
}

_TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": _is_number,
    "IsString": _KINDS["String"],
    "IsBoolean": _KINDS["Boolean"],
    "IsTimestamp": lambda value: _timestamp(value) is not None,
}
