"""The records of a file that COPY loads: CSV and delimited text.

https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from local.cloud.services.redshift_data.copy_from_s3 import Copy

#: What ends a line.
_END = re.compile(r"\r\n|\n|\r")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
#: What stands for a null where the statement names nothing.
NULL = "\\N"


class Record(NamedTuple):
    """One record of a file."""

    #: The number of its first line.
    line: int
    #: A field is None where it is a null of JSON, or is not there.
    fields: list[str | None]
    #: Why it cannot be loaded; empty where it can.
    wrong: str = ""


class _Form(NamedTuple):
    """How the fields of a record are told from each other."""

    delimiter: str
    #: Characters without which a line is only to be split.
    special: str
    #: One field, as it is written.
    field: re.Pattern[str]
    #: What a field says.
    value: Callable[[re.Match[str]], str]
    wrong: str


def lines(copy: Copy, text: str) -> Iterator[Record]:
    """The records of a text."""
    form = _csv(copy) if copy.format == "CSV" else _delimited(copy)
    place, line = 0, 1
    while place < len(text):
        found = _END.search(text, place)
        end, after = found.span() if found else (len(text), len(text))
        plain = text[place:end]
        if line <= copy.header or (not plain and "IGNOREBLANKLINES" in copy.flags):
            place, line = after, line + 1
        elif not any(mark in plain for mark in form.special):
            fields: list[str | None] = [*plain.split(form.delimiter)]
            yield Record(line, fields)
            place, line = after, line + 1
        else:
            record, after = _record(form, text, place, line)
            yield record
            line += len(_END.findall(text, place, after))
            place = after


def _record(form: _Form, text: str, place: int, line: int) -> tuple[Record, int]:
    """A record that has a quote or an escape, and where the next one begins."""
    fields: list[str | None] = []
    while (found := form.field.match(text, place)) is not None:
        fields.append(form.value(found))
        place = found.end()
        if text[place : place + 1] != form.delimiter:
            break
        place += 1
    end = _END.match(text, place)
    if found is not None and (end is not None or place == len(text)):
        return Record(line, fields), end.end() if end else place
    rest = _END.search(text, place)
    return Record(line, [], form.wrong), rest.end() if rest else len(text)


def _csv(copy: Copy) -> _Form:
    quote, delimiter = copy.texts.get("QUOTE", '"'), copy.texts.get("DELIMITER", ",")
    q, d = re.escape(quote), re.escape(delimiter)
    field = re.compile(rf"{q}(?P<quoted>(?:[^{q}]|{q}{q})*){q}|(?P<plain>[^{q}{d}\r\n]*)")

    def value(found: re.Match[str]) -> str:
        quoted = found["quoted"]
        return found["plain"] if quoted is None else quoted.replace(quote * 2, quote)

    return _Form(delimiter, quote, field, value, "Invalid quote formatting for CSV")


def _delimited(copy: Copy) -> _Form:
    delimiter = copy.texts.get("DELIMITER", "|")
    escape, quotes = "ESCAPE" in copy.flags, "REMOVEQUOTES" in copy.flags
    d, null = re.escape(delimiter), copy.texts.get("NULL", NULL)
    one = rf"\\.|[^{d}\r\n\\]" if escape else rf"[^{d}\r\n]"
    inside = r"\\.|(?!(?P=quote))[^\r\n\\]" if escape else r"(?!(?P=quote))[^\r\n]"
    quoted = rf"(?P<quote>[\"'])(?P<quoted>(?:{inside})*)(?P=quote)(?=[\r\n{d}]|\Z)"
    plain = rf"(?P<plain>(?:{one})*)"
    field = re.compile(rf"{quoted}|(?![\"']){plain}" if quotes else plain, re.DOTALL)

    def value(found: re.Match[str]) -> str:
        text = found["quoted"] if quotes and found["quote"] else found["plain"]
        return _ESCAPED.sub(r"\1", text) if escape and text != null else text

    special = ("\\" if escape else "") + ("\"'" if quotes else "")
    return _Form(delimiter, special, field, value, "Delimiter not found")
