"""MERGE, in the steps that Redshift takes it apart into.

https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
"""

# Trees of the parser's, put together to statements of the engine's.
# ruff: noqa: S608

from __future__ import annotations

import re

import duckdb
import sqlglot
from sqlglot import Expr, exp

from local.cloud.services.redshift_data import bound, catalog

_MERGE = re.compile(r"\s*MERGE\b", re.IGNORECASE)
_SIMPLE = re.compile(r"\bREMOVE\s+DUPLICATES\s*;?\s*$", re.IGNORECASE)
#: Stands for the clauses that the simplified mode has not, and that the parser wants.
_CLAUSES = "WHEN MATCHED THEN DELETE"
_REMOVES = "removes_duplicates"

#: What is inserted, while the matched rows are changed.
_ROWS = "temp.main.local_merge"


def is_merge(text: str) -> bool:
    """Whether a statement is MERGE."""
    return _MERGE.match(text) is not None


def parsed(text: str) -> exp.Merge:
    """A MERGE as a tree.

    Raises:
        ValueError, ParseError: where it is of no form that Redshift takes.
    """
    simple = _SIMPLE.search(text)
    found = sqlglot.parse(_SIMPLE.sub(_CLAUSES, text), dialect="redshift")
    if len(found) != 1 or not isinstance(found[0], exp.Merge):
        raise ValueError('syntax error at or near "MERGE"')
    statement = found[0]
    statement.meta[_REMOVES] = simple is not None
    target, source = statement.this, statement.args["using"]
    if statement.args.get("with_") or statement.args.get("with"):
        raise ValueError("MERGE cannot have a WITH clause")
    if not isinstance(target, exp.Table) or target.alias:
        raise ValueError("the target of MERGE is a table without an alias")
    if not isinstance(source, exp.Table):
        raise ValueError("the source of MERGE is a table, and no subquery")
    clauses = statement.args["whens"].expressions
    plain = not any(clause.args.get("condition") for clause in clauses)
    if simple is None and ([c.args["matched"] for c in clauses] != [True, False] or not plain):
        raise ValueError(
            "MERGE has WHEN MATCHED THEN and WHEN NOT MATCHED THEN, once each and without a "
            "condition, or REMOVE DUPLICATES"
        )
    if any(isinstance(one, exp.Column) and one.table for one in _assigned(statement)):
        raise ValueError("the target column of MERGE is named without its table")
    return statement


def _assigned(statement: exp.Merge) -> list[Expr]:
    [then, *more] = [clause.args["then"] for clause in statement.args["whens"].expressions]
    updated = [one.this for one in then.expressions] if isinstance(then, exp.Update) else []
    return [*updated, *(column for one in more for column in _inserted(one)[0])]


def _inserted(insert: exp.Insert) -> tuple[list[Expr], list[Expr]]:
    """The columns of an INSERT, where it lists them, and its values.

    Raises:
        ValueError: where it is of another form.
    """
    given, values = insert.this, insert.expression
    listed = given.expressions if isinstance(given, (exp.Tuple, exp.Paren)) else []
    if isinstance(values, exp.Tuple) and len(listed) == len(values.expressions):
        return listed, values.expressions
    # Without a list of columns the parser takes VALUES for a function.
    if not isinstance(values, Expr) and len(listed) == 1 and listed[0].name.upper() == "VALUES":
        return [], listed[0].expressions
    raise ValueError("INSERT of MERGE has a value for each of its columns")


def run(statement: exp.Merge, cursor: duckdb.DuckDBPyConnection, values: dict[str, str]) -> int:
    """Merge, inside the transaction that is open.

    Args:
        statement: as it is parsed.
        cursor: in the transaction.
        values: of the parameters of the request.

    Returns:
        The number of rows that were updated, deleted and inserted.

    Raises:
        ValueError: where a table is a view, both are the same, or a row is matched twice.
    """
    statement = statement.copy()
    for name in statement.find_all(exp.Identifier):
        name.set("quoted", True)
    target = catalog.find(cursor, statement.this)
    source = catalog.find(cursor, statement.args["using"])
    for role, table in (("target", target), ("source", source)):
        if table.view:
            raise ValueError(f'the {role} of MERGE is a table, and "{table.name}" is a view')
    if target[:3] == source[:3]:
        raise ValueError("the source and the target of MERGE are two tables")
    if statement.meta[_REMOVES] and len(target.columns) != len(source.columns):
        raise ValueError("REMOVE DUPLICATES wants the same columns in source and target")
    into, using = _sql(statement.this), _sql(statement.args["using"])
    on = _sql(statement.args["on"])
    twice = (
        f"SELECT 1 FROM {into} JOIN {using} ON {on} GROUP BY {_sql(statement.this.this)}.rowid "
        "HAVING count(*) > 1 LIMIT 1"
    )
    if bound.run(cursor, twice, values).fetchone() is not None:
        raise ValueError("Found multiple matches to update the same tuple.")
    matched, columns, added, kept = _steps(statement, into, using, on)
    where = "true" if kept else f"NOT EXISTS (SELECT 1 FROM {into} WHERE {on})"
    rows = f"CREATE TEMP TABLE local_merge AS SELECT {added} FROM {using} WHERE {where}"
    bound.run(cursor, rows, values)
    [(changed,)] = bound.run(cursor, matched, values).fetchall()
    [(new,)] = cursor.execute(f"INSERT INTO {into}{columns} SELECT * FROM {_ROWS}").fetchall()
    # Where one of them fails, the transaction is undone, and this with it.
    cursor.execute(f"DROP TABLE {_ROWS}")
    return int(new) if kept else int(changed) + int(new)


def _steps(statement: exp.Merge, into: str, using: str, on: str) -> tuple[str, str, str, bool]:
    """What is done with matched rows; columns and values of new ones; whether all are new."""
    delete = f"DELETE FROM {into} USING {using} WHERE {on}"
    if statement.meta[_REMOVES]:
        return delete, "", "*", True
    [matched, inserted] = [clause.args["then"] for clause in statement.args["whens"].expressions]
    if isinstance(matched, exp.Update):
        assigned = ", ".join(_sql(one) for one in matched.expressions)
        matched_sql = f"UPDATE {into} SET {assigned} FROM {using} WHERE {on}"
    else:
        matched_sql = delete
    named, given = _inserted(inserted)
    columns = f" ({', '.join(map(_sql, named))})" if named else ""
    values = ", ".join(f"{_sql(one)} AS c{place}" for place, one in enumerate(given))
    return matched_sql, columns, values, False


def _sql(tree: Expr) -> str:
    return tree.sql(dialect="duckdb")
