"""The records of JSON that COPY loads, by names or by JSONPath expressions.

https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from local.cloud.services.redshift_data.authorization import TransferError
from local.cloud.services.redshift_data.records import Record

#: Takes the fields of a record, in the order of the columns, from one value of JSON.
Picker = Callable[[Any], list[str | None]]

_SPACE = re.compile(r"\s*")
_STEP = re.compile(r"\.(\w+)|\[\s*'([^']*)'\s*\]|\[\s*\"([^\"]*)\"\s*\]|\[\s*(\d+)\s*\]")


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number)


def records(text: str, pick: Picker) -> Iterator[Record]:
    """The records of a text: each value of JSON that it has, whatever space is between."""
    place, line = _after_space(text, 0), 1
    while place < len(text):
        line = text.count("\n", 0, place) + 1
        try:
            value, after = _DECODER.raw_decode(text, place)
            yield Record(line, pick(value))
        except ValueError as error:
            # Where the next record begins is not known.
            yield Record(line, [], f"Invalid JSON: {error}")
            return
        place = _after_space(text, after)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def by_name(columns: Sequence[str], ignore_case: bool) -> Picker:
    """Fields by the names of columns; what has another name is not loaded."""

    def pick(value: Any) -> list[str | None]:
        if not isinstance(value, dict):
            raise ValueError("a record is an object where columns are found by their names")
        if ignore_case:
            value = {name.lower(): item for name, item in value.items()}
        names = [name.lower() for name in columns] if ignore_case else columns
        return [_text(value.get(name)) for name in names]

    return pick


def by_paths(content: bytes, columns: Sequence[str]) -> Picker:
    """Fields by the expressions of a file of JSONPath expressions.

    Raises:
        TransferError: where the file is no such file, or is not for these columns.
    """
    try:
        expressions = json.loads(content)["jsonpaths"]
        steps = [_steps(one) for one in expressions]
    except (ValueError, KeyError, TypeError) as error:
        raise TransferError(f"Invalid JSONPath format: {error}") from error
    if len(steps) != len(columns):
        raise TransferError(
            "Number of jsonpaths and the number of columns should match. JSONPath size: "
            f"{len(steps)}, Number of columns in table or column list: {len(columns)}"
        )
    return lambda value: [_text(_at(value, path)) for path in steps]


def _steps(expression: str) -> list[str | int]:
    place, steps = 1, []
    if not expression.startswith("$"):
        raise ValueError(f"{expression} does not begin with $")
    while place < len(expression):
        found = _STEP.match(expression, place)
        if found is None:
            raise ValueError(f"{expression} is not understood at {expression[place:]}")
        names = [name for name in found.groups()[:3] if name is not None]
        steps.append(names[0] if names else int(found[4]))
        place = found.end()
    return steps


def _at(value: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value) if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        members = (f"{_json(name)}:{_json(item)}" for name, item in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
