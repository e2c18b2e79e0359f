"""Errors in Redshift's words, which are PostgreSQL's, where the engine has words of its own.

https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-and-postgres-sql.html
"""

from __future__ import annotations

import re

import duckdb
from sqlglot.errors import ParseError

#: What the engine says, and what Redshift says instead.
_WORDS = [
    (r'(?:Table|View) with name "?([^"\s]+?)"? does not exist', 'relation "{0}" does not exist'),
    (r'(?:Table|View) with name "?([^"\s]+?)"? already exists', 'relation "{0}" already exists'),
    (r'Schema with name "?([^"\s]+?)"? does not exist', 'schema "{0}" does not exist'),
    (r'Schema with name "?([^"\s]+?)"? already exists', 'schema "{0}" already exists'),
    (r'Type with name "?([^"\s]+?)"? does not exist', 'type "{0}" does not exist'),
    (r"Function with name (\S+) does not exist", "function {0}() does not exist"),
    (r'Referenced column "([^"]+)" not found', 'column "{0}" does not exist'),
    (r'Referenced table "([^"]+)" not found', 'missing FROM-clause entry for table "{0}"'),
    (
        r'Table "([^"]+)" does not have a column (?:with name|named) "([^"]+)"',
        'column "{1}" of relation "{0}" does not exist',
    ),
    (
        r'column "([^"]+)" must appear in the GROUP BY clause',
        'column "{0}" must appear in the GROUP BY clause or be used in an aggregate function',
    ),
    (
        r"NOT NULL constraint failed: [^.]+\.(\S+)",
        'null value in column "{0}" violates not-null constraint',
    ),
    (
        r"CHECK constraint failed on table \S+ with expression .*strlen\(.*<= (\d+)",
        "value too long for type character varying({0})",
    ),
    (
        r"Could not convert string '([^']*)' to (?:U?INT|BIGINT|SMALLINT|TINYINT)\w*",
        'invalid input syntax for integer: "{0}"',
    ),
    (
        r"Could not convert string '([^']*)' to (?:DOUBLE|FLOAT|DECIMAL)\S*",
        'invalid input syntax for type numeric: "{0}"',
    ),
    (r'invalid date field format: "([^"]*)"', 'invalid input syntax for type date: "{0}"'),
    (
        r'invalid timestamp field format: "([^"]*)"',
        'invalid input syntax for type timestamp: "{0}"',
    ),
    (r"(?:out of range|Overflow)", "value out of range"),
    (r'syntax error at or near "([^"]*)"', 'syntax error at or near "{0}"'),
    (r"syntax error at end of input", "syntax error at end of input"),
]


def of(error: BaseException) -> str:
    """What Redshift would say of an error.

    What has no counterpart is said in the engine's words, without its class and its guesses.
    """
    text = str(error)
    if isinstance(error, ParseError):
        return _of_parser(error)
    if not isinstance(error, duckdb.Error):
        return text
    for pattern, said in _WORDS:
        found = re.search(pattern, text)
        if found:
            return said.format(*found.groups())
    return re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", text.splitlines()[0])


def _of_parser(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    # What stands before, where it is all there is: a word that begins no statement.
    before = str(first.get("start_context") or "").split()
    near = before[0] if len(before) == 1 else str(first.get("highlight") or "").strip()
    return f'syntax error at or near "{near}"' if near else "syntax error"
