"""Which statements are run, and what Redshift makes of them: from its dialect to the engine's."""

from __future__ import annotations

import sqlglot
from sqlglot import Expr, exp

from local.cloud.services.redshift_data import copy_from_s3, created, merge, unload
from local.cloud.services.redshift_data.lexing import Words

#: Where the tree of COPY or UNLOAD has what else the statement says.
TRANSFER = "transfer"

#: A `varchar` without a length has this many bytes; https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
DEFAULT_VARCHAR_BYTES = 256

#: What is run; other words are DuckDB's own, or have no meaning here.
_STATEMENTS = (
    exp.Alter,
    exp.Create,
    exp.Delete,
    exp.Drop,
    exp.Grant,
    exp.Insert,
    exp.Merge,
    exp.Query,
    exp.TruncateTable,
    exp.Update,
)

#: What CREATE creates.
_CREATED = ("SCHEMA", "TABLE", "VIEW")

#: Where Redshift keeps rows and how it packs them: nothing that a result shows.
_PHYSICAL = (exp.DistKeyProperty, exp.DistStyleProperty, exp.SortKeyProperty)

#: What Redshift takes for information and never looks at.
#: https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
_INFORMATIONAL = (
    exp.EncodeColumnConstraint,
    exp.PrimaryKeyColumnConstraint,
    exp.Reference,
    exp.UniqueColumnConstraint,
)


def parsed(text: str) -> Expr:
    """The one statement of a text, which the engine, COPY or UNLOAD can run.

    The tree of UNLOAD is that of its query, and that of COPY has its table.

    Raises:
        ValueError: where it is not one statement, or not one of those.
    """
    words = Words(text)
    if unload.is_unload(words):
        return _unloaded(unload.read(words))
    if copy_from_s3.is_copy(words):
        copy = copy_from_s3.read(words)
        tree = exp.Copy(this=copy.table)
        tree.meta[TRANSFER] = copy
        return tree
    if merge.is_merge(text):
        return merge.parsed(text)
    found = [s for s in sqlglot.parse(created.plain(text), dialect="redshift") if s is not None]
    if len(found) != 1:
        raise ValueError(f"give one statement, not {len(found)}; several go into a batch")
    statement = found[0]
    if isinstance(statement, exp.Select) and statement.args.get("into") is not None:
        statement = created.from_select(statement)
    if isinstance(statement, exp.Create) and statement.kind == "TABLE":
        created.settle(statement)
    if isinstance(statement, (exp.Commit, exp.Rollback, exp.Transaction)):
        raise ValueError("a statement of the Data API is a transaction of its own")
    creates_other = isinstance(statement, exp.Create) and statement.kind not in _CREATED
    if statement.find(exp.MaterializedProperty) is not None:
        raise ValueError("the local cloud has no materialized views")
    if not isinstance(statement, _STATEMENTS) or creates_other:
        verb = text.split(None, 1)[0].upper()
        raise ValueError(f"syntax error, or not supported by the local cloud: {verb}")
    return statement


def _unloaded(found: unload.Unload) -> Expr:
    query = parsed(found.query)
    if not isinstance(query, exp.Query):
        raise ValueError("UNLOAD takes a SELECT statement")
    if query.args.get("limit") is not None:
        raise ValueError("Limit clause is not supported")
    names = [name.lower() for name in query.named_selects]
    if found.format in ("PARQUET", "JSON") and len(set(names)) < len(names):
        raise ValueError(f"UNLOAD as {found.format} wants column names that are unique")
    query.meta[TRANSFER] = found
    return query


def translated(statement: Expr) -> str:
    """The statement in the engine's dialect."""
    kept = _kept(statement)
    for name in kept.find_all(exp.Identifier):
        if name.name.startswith("#"):
            name.set("quoted", True)
    return kept.sql(dialect="duckdb")


def _kept(statement: Expr) -> Expr:
    """Make a new table keep what Redshift's keep, no less and no more.

    A varchar has a length in bytes, as DuckDB's has not; a primary key stops no row, as DuckDB's
    does.
    """
    if not isinstance(statement, exp.Create) or statement.kind != "TABLE":
        return statement
    for part in list(statement.find_all(*_PHYSICAL, exp.PrimaryKey, exp.ForeignKey)):
        part.pop()
    for column in list(statement.find_all(exp.ColumnDef)):
        for constraint in list(column.args.get("constraints") or []):
            if isinstance(constraint.kind, exp.GeneratedAsIdentityColumnConstraint):
                raise ValueError(f"the local cloud has no IDENTITY columns: {column.name}")
            if isinstance(constraint.kind, _INFORMATIONAL):
                key = isinstance(constraint.kind, exp.PrimaryKeyColumnConstraint)
                constraint.pop()
                if key:
                    column.append(
                        "constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())
                    )
        kind = column.args.get("kind")
        if kind is None or kind.this not in (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR):
            continue
        sized = kind.expressions
        length = int(sized[0].name) if sized and sized[0].name.isdigit() else DEFAULT_VARCHAR_BYTES
        name = exp.to_identifier(column.name, quoted=True).sql(dialect="duckdb")
        check = exp.CheckColumnConstraint(
            this=sqlglot.parse_one(f"strlen({name}) <= {length}", dialect="duckdb")
        )
        column.append("constraints", exp.ColumnConstraint(kind=check))
    return statement
