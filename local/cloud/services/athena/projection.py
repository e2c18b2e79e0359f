"""Partition projection: partitions that a table's properties tell, and no catalog has.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.cloud.services.athena.sql import QueryError

#: More than these are not looked at.
_MOST = 20_000

#: Letters of Java's date patterns, and Python's.
_FORMATS = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))

_STEPS: Mapping[str, Callable[[datetime.datetime, int], datetime.datetime]] = {
    "DAYS": lambda at, n: at + datetime.timedelta(days=n),
    "HOURS": lambda at, n: at + datetime.timedelta(hours=n),
    "MINUTES": lambda at, n: at + datetime.timedelta(minutes=n),
    "SECONDS": lambda at, n: at + datetime.timedelta(seconds=n),
    "WEEKS": lambda at, n: at + datetime.timedelta(weeks=n),
    "MONTHS": lambda at, n: _months(at, n),
    "YEARS": lambda at, n: _months(at, 12 * n),
}

_RELATIVE = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*(\w+?)S?)?", re.IGNORECASE)


def is_projected(entry: Any) -> bool:
    """Whether a table's partitions are projected."""
    properties = entry.get("Parameters") or {}
    return str(properties.get("projection.enabled", "")).lower() == "true"


def partitions(entry: Any) -> Iterator[tuple[list[str], str]]:
    """The values and the location of each partition that there may be.

    Raises:
        QueryError: where a property is missing or wrong, or there are too many.
    """
    properties = {str(name): str(value) for name, value in (entry.get("Parameters") or {}).items()}
    keys = [str(key["Name"]) for key in entry["PartitionKeys"]]
    values = [_values(key, properties) for key in keys]
    base = str(entry["StorageDescriptor"]["Location"]).rstrip("/")
    hive = "/".join(f"{key}=${{{key}}}" for key in keys)
    template = properties.get("storage.location.template", f"{base}/{hive}")
    for count, combination in enumerate(itertools.product(*values)):
        if count == _MOST:
            raise QueryError(
                f"the local cloud looks at no more than {_MOST} projected partitions of a table"
            )
        location = template
        for key, value in zip(keys, combination, strict=True):
            location = location.replace(f"${{{key}}}", value)
        yield list(combination), location.rstrip("/")


def _values(key: str, properties: Mapping[str, str]) -> list[str]:
    def given(name: str, default: str | None = None) -> str:
        found = properties.get(f"projection.{key}.{name}", default)
        if found is None:
            raise QueryError(
                "INVALID_TABLE_PROPERTY: Table is configured for partition projection, but the "
                f"property projection.{key}.{name} is missing"
            )
        return found

    kind = given("type").lower()
    if kind == "enum":
        return [value.strip() for value in given("values").split(",")]
    if kind == "integer":
        first, last = (int(value) for value in given("range").split(","))
        numbers = range(first, last + 1, int(given("interval", "1")))
        return [str(number).zfill(int(given("digits", "1"))) for number in numbers]
    if kind == "date":
        return list(_dates(given("range"), given("format"), given))
    raise QueryError(f"NOT_SUPPORTED: the local cloud does not run projections of type {kind}")


def _dates(text: str, pattern: str, given: Callable[..., str]) -> Iterator[str]:
    style = pattern.replace("'", "")
    for java, python in _FORMATS:
        style = style.replace(java, python)
    first, last = (_date(value.strip(), style) for value in text.split(","))
    unit = given("interval.unit", "DAYS").upper().rstrip("S") + "S"
    step, count = _STEPS[unit], int(given("interval", "1"))
    at, written = first, ""
    while at <= last:
        if (value := at.strftime(style)) != written:
            written = value
            yield value
        at = step(at, count)


def _date(text: str, style: str) -> datetime.datetime:
    found = _RELATIVE.fullmatch(text)
    if found is None:
        return datetime.datetime.strptime(text, style).replace(tzinfo=datetime.UTC)
    now = datetime.datetime.now(datetime.UTC)
    if found[1] is None:
        return now
    number = int(found[2]) * (-1 if found[1] == "-" else 1)
    return _STEPS[f"{found[3].upper()}S"](now, number)


def _months(at: datetime.datetime, number: int) -> datetime.datetime:
    month = at.month - 1 + number
    year, month = at.year + month // 12, month % 12 + 1
    # The last day of a shorter month stands for those that it has not.
    for day in (at.day, 30, 29, 28):
        try:
            return at.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError(at)
