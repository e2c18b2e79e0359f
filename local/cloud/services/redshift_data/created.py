"""What CREATE TABLE makes: temporary tables, tables like others, and SELECT INTO.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from __future__ import annotations

import re

import duckdb
import sqlglot
from sqlglot import Expr, exp

from local.cloud.services.redshift_data import catalog

_LOCAL = re.compile(r"(\s*CREATE\s+)LOCAL\s+(?=TEMP)", re.IGNORECASE)


def plain(text: str) -> str:
    """A statement without LOCAL, which means nothing before TEMP."""
    return _LOCAL.sub(r"\1", text)


def creates_temporary(statement: Expr) -> bool:
    """Whether a statement creates a temporary table."""
    properties = statement.args.get("properties")
    return isinstance(statement, exp.Create) and any(
        isinstance(one, exp.TemporaryProperty)
        for one in (properties or exp.Properties()).expressions
    )


def from_select(statement: exp.Select) -> exp.Create:
    """SELECT INTO as the CREATE TABLE AS that it is."""
    into = statement.args["into"].pop()
    properties = [exp.TemporaryProperty()] if into.args.get("temporary") else []
    return exp.Create(
        this=into.this,
        kind="TABLE",
        expression=statement,
        properties=exp.Properties(expressions=properties),
    )


def settle(statement: exp.Create) -> None:
    """Have a table that is temporary by its name, such as `#stage`, say so.

    Raises:
        ValueError: where a temporary table has a name that it may not have.
    """
    table = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
    if table.name.startswith("#") and not creates_temporary(statement):
        properties = statement.args.get("properties") or exp.Properties(expressions=[])
        properties.append("expressions", exp.TemporaryProperty())
        statement.set("properties", properties)
    if creates_temporary(statement) and table.db:
        raise ValueError("cannot create temporary relation in non-temporary schema")


def spelt_out(statement: Expr, cursor: duckdb.DuckDBPyConnection) -> Expr:
    """CREATE TABLE with the columns of another table where it says LIKE; others as they are.

    Raises:
        ValueError: where there is no such table.
    """
    if not isinstance(statement, exp.Create) or not isinstance(statement.this, exp.Schema):
        return statement
    columns = []
    for part in statement.this.expressions:
        if not isinstance(part, exp.LikeProperty):
            columns.append(part)
            continue
        defaults = any(
            str(one.this).upper() == "INCLUDING" and "DEFAULTS" in str(one.args["value"]).upper()
            for one in part.expressions
        )
        found = catalog.find(cursor, part.this).columns
        text = ", ".join(_column(column, defaults) for column in found)
        # In the engine's dialect a text has no length.
        made = sqlglot.parse_one(f"CREATE TABLE made ({text})", dialect="redshift")
        columns += made.this.expressions
    statement.this.set("expressions", columns)
    return statement


def _column(column: catalog.Column, defaults: bool) -> str:
    kind = f"VARCHAR({column.length})" if column.length else column.kind
    name = exp.to_identifier(column.name, quoted=True).sql("duckdb")
    null = "" if column.nullable else " NOT NULL"
    default = f" DEFAULT {column.default}" if defaults and column.default else ""
    return f"{name} {kind}{null}{default}"
