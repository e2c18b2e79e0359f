"""Which statements are run: from Trino's dialect to a tree that the engine's is written from."""

from __future__ import annotations

import re

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError


class QueryError(Exception):
    """Why a query failed, as GetQueryExecution tells it."""


#: What the engine says, and what Athena says in its place.
_WORDS = (
    (
        re.compile(r'Referenced column "([^"]+)" not found'),
        "COLUMN_NOT_FOUND: line 1:1: Column '{}' cannot be resolved or requester is not authorized "
        "to access requested resources",
    ),
    (
        re.compile(r"(?:Scalar|Table|Aggregate)? ?Function with name (\w+) does not exist"),
        "FUNCTION_NOT_FOUND: line 1:1: Function '{}' not registered",
    ),
    (re.compile(r"Division by zero()"), "DIVISION_BY_ZERO: Division by zero"),
    (re.compile(r"Conversion Error: (.*)"), "INVALID_CAST_ARGUMENT: {}"),
    (re.compile(r"Parser Error: (.*)"), "SYNTAX_ERROR: line 1:1: {}"),
    (re.compile(r"Binder Error: (.*)"), "SYNTAX_ERROR: line 1:1: {}"),
)


def reason(error: Exception) -> str:
    """Why a query failed, in Athena's words and without the engine's text, which names files."""
    if not isinstance(error, duckdb.Error):
        return str(error)
    first = str(error).split("\n")[0]
    for pattern, words in _WORDS:
        if (found := pattern.search(first)) is not None:
            return words.format(found[1])
    return f"GENERIC_INTERNAL_ERROR: {first}"


def parsed(query: str) -> exp.Query:
    """The one query of a text.

    Raises:
        QueryError: where it is none, or more.
    """
    statement = parse(query)
    if not isinstance(statement, exp.Query):
        verb = query.split(None, 1)[0].upper()
        raise QueryError(f"NOT_SUPPORTED: the local cloud does not run {verb} in Athena")
    return statement


def parse(query: str) -> exp.Expr:
    """The one statement of a text, which reads no files of this machine.

    Raises:
        QueryError: where it is none, or more.
    """
    try:
        statements = [s for s in sqlglot.parse(query.rstrip().rstrip(";"), dialect="athena") if s]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        raise QueryError(
            f"SYNTAX_ERROR: line {first.get('line', 1)}:{first.get('col', 1)}: "
            f"{first.get('description', str(error))}"
        ) from error
    if len(statements) != 1:
        raise QueryError("Only one sql statement is allowed.")
    statement = statements[0]
    for source in statement.find_all(exp.Table, exp.Lateral):
        # The engine has table functions that read this machine's files; Athena has none of them.
        if isinstance(source.this, exp.Func) and not isinstance(source.this, exp.Unnest):
            name = source.this.name if isinstance(source.this, exp.Anonymous) else ""
            raise QueryError(
                "FUNCTION_NOT_FOUND: line 1:1: Table function "
                f"'{name or source.this.sql_name().lower()}' not registered"
            )
    return statement


def named(table: exp.Table, database: str) -> tuple[str, str]:
    """Database and name of a table, in small letters as the catalog has them."""
    return (table.db or database).lower(), table.name.lower()
