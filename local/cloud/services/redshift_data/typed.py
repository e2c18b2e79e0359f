"""Texts as values of a column's type, as COPY reads them.

https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sqlglot import exp

from local.cloud.services.redshift_data.authorization import TransferError
from local.cloud.services.redshift_data.copy_from_s3 import Copy

_INTEGERS = ("SMALLINT", "INTEGER", "BIGINT")
_DECIMAL = re.compile(r"DECIMAL\(\d+,\s*(\d+)\)")

#: Redshift's parts of a date or a time, the longest first, and strptime's.
#: https://docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html
_PARTS = {
    "MONTH": "%B",
    "YYYY": "%Y",
    "HH24": "%H",
    "HH12": "%I",
    "MON": "%b",
    "DAY": "%A",
    "OF": "%z",
    "YY": "%y",
    "MM": "%m",
    "DD": "%d",
    "DY": "%a",
    "HH": "%H",
    "MI": "%M",
    "SS": "%S",
    "AM": "%p",
    "PM": "%p",
}
_PART = re.compile("|".join(_PARTS), re.IGNORECASE)

#: What 'auto' takes besides ISO 8601.
#: https://docs.aws.amazon.com/redshift/latest/dg/automatic-recognition.html
_AUTO_DATES = ("%Y%m%d", "%m/%d/%Y", "%m-%d-%Y", "%d %b %Y", "%B %d, %Y", "%Y/%m/%d", "%Y.%m.%d")
_AUTO_TIMES = ("%m/%d/%Y %H:%M:%S", "%b %d %Y %H:%M:%S", "%Y%m%d %H%M%S", "%Y%m%d%H%M%S")

_ISO_DATE = r"\d{4}-\d{2}-\d{2}"
_ISO_TIME = r"\d{1,2}:\d{2}:\d{2}(\.\d+)?"


class Typed(NamedTuple):
    """A text as a value, in the engine's dialect."""

    #: The value; null where the text is none.
    value: str
    #: Whether a text that is not null, and whose value is, is an error.
    strict: bool = True


def typed(copy: Copy, text: str, kind: str) -> Typed:
    """An expression of a text as a value of one of the engine's types.

    Raises:
        TransferError: for a format that is not understood.
    """
    trimmed = f"trim({text})"
    if kind == "VARCHAR":
        return Typed(text)
    if kind in _INTEGERS:
        return Typed(_where(trimmed, "[+-]?[0-9]+", f"TRY_CAST({trimmed} AS {kind})"))
    if found := _DECIMAL.fullmatch(kind):
        scale = int(found[1])
        # What is too long is cut, and not rounded, where nothing else is said.
        more = rf"(\.[0-9]{{{scale}}})[0-9]+$" if scale else r"(\.[0-9]*)$"
        kept = r"\1" if scale else ""
        cut = f"regexp_replace({trimmed}, {literal(more)}, {literal(kept)})"
        value = trimmed if "ROUNDEC" in copy.flags else cut
        number = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)"
        return Typed(_where(trimmed, number, f"TRY_CAST({value} AS {kind})"))
    if kind == "DATE":
        return Typed(_date(copy, trimmed), "ACCEPTANYDATE" not in copy.flags)
    if kind.startswith("TIMESTAMP"):
        return Typed(_timestamp(copy, trimmed, kind), "ACCEPTANYDATE" not in copy.flags)
    return Typed(f"TRY_CAST({trimmed} AS {kind})")


def _where(text: str, pattern: str, value: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN {value} END"


def _date(copy: Copy, text: str) -> str:
    form = copy.texts.get("DATEFORMAT", "YYYY-MM-DD")
    iso = _where(text, rf"{_ISO_DATE}([ T].*)?", f"TRY_CAST({text}[:10] AS DATE)")
    if form.lower() == "auto":
        return f"coalesce({iso}, CAST({_parsed(text, _AUTO_DATES)} AS DATE))"
    if form.upper() == "YYYY-MM-DD":
        return iso
    return f"CAST({_parsed(text, [_strptime('DATEFORMAT', form)])} AS DATE)"


def _timestamp(copy: Copy, text: str, kind: str) -> str:
    form = copy.texts.get("TIMEFORMAT", "YYYY-MM-DD HH:MI:SS")
    if form.lower() in ("epochsecs", "epochmillisecs"):
        factor = 1_000_000 if form.lower() == "epochsecs" else 1000
        value = f"make_timestamp(CAST(TRY_CAST({text} AS DECIMAL(20, 6)) * {factor} AS BIGINT))"
        return f"CAST({_where(text, '[+-]?[0-9]+([.][0-9]+)?', value)} AS {kind})"
    zone = r"( ?([+-]\d{2}(:?\d{2})?|Z|UTC))?"
    if form.lower() == "auto":
        iso = rf"{_ISO_DATE}([ T]{_ISO_TIME}{zone})?"
        known = (*_AUTO_TIMES, *_AUTO_DATES)
        found = _where(text, iso, f"TRY_CAST({text} AS {kind})")
        return f"coalesce({found}, CAST({_parsed(text, known)} AS {kind}))"
    if form.upper() in ("YYYY-MM-DD HH:MI:SS", "YYYY-MM-DD HH24:MI:SS"):
        iso = rf"{_ISO_DATE}( {_ISO_TIME}{zone if 'ZONE' in kind else ''})?"
        return _where(text, iso, f"TRY_CAST({text} AS {kind})")
    return f"CAST({_parsed(text, [_strptime('TIMEFORMAT', form)])} AS {kind})"


def _parsed(text: str, forms: tuple[str, ...] | list[str]) -> str:
    return f"try_strptime({text}, [{', '.join(map(literal, forms))}])"


def _strptime(option: str, form: str) -> str:
    found = _PART.sub(lambda part: _PARTS[part[0].upper()], form.replace("%", "%%"))
    if left := re.findall(r"[A-Za-z]+", re.sub(r"%[A-Za-z]", "", found).replace("T", "")):
        raise TransferError(f"{option} '{form}': {left[0]} is not supported by the local cloud")
    return found


def literal(text: str) -> str:
    """A text in the engine's dialect."""
    return exp.Literal.string(text).sql("duckdb")
