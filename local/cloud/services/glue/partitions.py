"""Partitions of the Data Catalog: those that an expression asks for, and deletion of several.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html
"""

# The engine takes no parameters for names: they are quoted here.
# ruff: noqa: S608

from __future__ import annotations

from typing import Any

import duckdb
import sqlglot
from ministack.services import glue
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request

#: Types of partition keys by Hive's names; of others the values are texts.
_TYPES = {
    "bigint": "BIGINT",
    "date": "DATE",
    "decimal": "DECIMAL(38, 10)",
    "int": "INTEGER",
    "long": "BIGINT",
    "smallint": "SMALLINT",
    "timestamp": "TIMESTAMP",
    "tinyint": "TINYINT",
}

#: What an expression may be made of: comparisons of keys with values.
_ALLOWED = (
    exp.And,
    exp.Between,
    exp.Boolean,
    exp.Cast,
    exp.Column,
    exp.DataType,
    exp.EQ,
    exp.GT,
    exp.GTE,
    exp.Identifier,
    exp.In,
    exp.Is,
    exp.LT,
    exp.LTE,
    exp.Like,
    exp.Literal,
    exp.NEQ,
    exp.Neg,
    exp.Not,
    exp.Null,
    exp.Or,
    exp.Paren,
    exp.Tuple,
)

#: Partitions of an answer, where no other number is asked for.
_PAGE = 1000


def _get(request: Request) -> dict[str, Any]:
    """GetPartitions, in the order of their values."""
    content = request.content
    path = f"{content['DatabaseName']}/{content['TableName']}"
    table = glue._tables.get(path)
    if table is None:
        raise ServiceError("EntityNotFoundException", f"Table {content['TableName']} not found.")
    found = sorted(glue._partitions.get(path, []), key=lambda one: one["Values"])
    if content.get("Expression"):
        found = _filtered(found, table.get("PartitionKeys") or [], content["Expression"])
    if content.get("ExcludeColumnSchema"):
        found = [_without_columns(one) for one in found]
    first = int(content.get("NextToken") or 0)
    last = first + int(content.get("MaxResults") or _PAGE)
    return {
        "Partitions": found[first:last],
        **({"NextToken": str(last)} if last < len(found) else {}),
    }


def _without_columns(partition: dict[str, Any]) -> dict[str, Any]:
    descriptor = dict(partition.get("StorageDescriptor") or {})
    descriptor.pop("Columns", None)
    return {**partition, "StorageDescriptor": descriptor}


def _filtered(
    partitions: list[dict[str, Any]], keys: list[dict[str, Any]], expression: str
) -> list[dict[str, Any]]:
    condition = _condition(expression, {key["Name"].lower() for key in keys})
    if not partitions:
        return []
    columns = ", ".join(
        f"TRY_CAST(c{i} AS {_TYPES.get(key['Type'].split('(')[0].lower(), 'VARCHAR')}) AS "
        f"{exp.to_identifier(key['Name'], quoted=True).sql('duckdb')}"
        for i, key in enumerate(keys)
    )
    rows = [[n, *one["Values"]] for n, one in enumerate(partitions)]
    names = ", ".join(f"c{i}" for i in range(len(keys)))
    marks = ", ".join(f"({', '.join('?' * (len(keys) + 1))})" for _ in rows)
    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
        try:
            numbers = connection.execute(
                f"SELECT n FROM (SELECT n, {columns} FROM (VALUES {marks}) AS t(n, {names})) "
                f"WHERE {condition} ORDER BY n",
                [value for row in rows for value in row],
            ).fetchall()
        except duckdb.Error as error:
            raise _wrong(expression) from error
    return [partitions[int(number)] for (number,) in numbers]


def _condition(expression: str, keys: set[str]) -> str:
    """An expression for the engine: of keys of the table, and of nothing else."""
    try:
        parsed = sqlglot.parse_one(expression, dialect="hive", into=exp.Condition)
    except SqlglotError as error:
        raise _wrong(expression) from error
    for part in parsed.walk():
        if not isinstance(part, _ALLOWED):
            raise _wrong(expression)
        if isinstance(part, exp.Column) and part.name.lower() not in keys:
            raise _wrong(expression)
    return parsed.sql(dialect="duckdb")


def _wrong(expression: str) -> ServiceError:
    return ServiceError("InvalidInputException", f"Unsupported expression '{expression}'")


def _batch_delete(request: Request) -> dict[str, Any]:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeletePartition.html"""
    content = request.content
    path = f"{content['DatabaseName']}/{content['TableName']}"
    there = glue._partitions.get(path, [])
    errors = []
    for one in content["PartitionsToDelete"]:
        if any(known["Values"] == one["Values"] for known in there):
            wanted = {"PartitionValues": one["Values"]}
            glue._delete_partition({**content, **wanted})
        else:
            detail = {
                "ErrorCode": "EntityNotFoundException",
                "ErrorMessage": "Partition not found.",
            }
            errors.append({"PartitionValues": one["Values"], "ErrorDetail": detail})
    return {"Errors": errors}


OPERATIONS: dict[str, Operation] = {
    "BatchDeletePartition": _batch_delete,
    "GetPartitions": _get,
}
