"""What the caller of a query must be allowed to do, and what must be there for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlparse

from ministack.services import athena, glue, s3
from sqlglot import Expr, exp

from local.cloud.core import auth
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.athena.sql import QueryError


def _glue_arn(resource: str) -> str:
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}"


def _require(key: str, action: str, *arns: str) -> None:
    for arn in arns:
        message = auth.refusal(key, action, arn, action.split(":", 1)[0])
        if message is not None:
            raise QueryError(f"Insufficient permissions to execute the query. {message}")


def require_output(key: str, location: str) -> None:
    """Look whether the result can be written; raises `QueryError`."""
    target = urlparse(location)
    if s3._buckets.get(target.netloc) is None:
        raise QueryError(
            "Unable to verify/create output bucket " + target.netloc + ". The bucket does not exist"
        )
    _require(key, "s3:GetBucketLocation", f"arn:aws:s3:::{target.netloc}")
    _require(key, "s3:PutObject", f"arn:aws:s3:::{target.netloc}{target.path}")


def require_ddl(key: str, ddl: Any, database: str) -> None:
    """Look at the table of a CREATE or DROP; raises `QueryError`."""
    name = ddl.database or database or "default"
    action = "glue:DeleteTable" if isinstance(ddl, athena._DropTable) else "glue:CreateTable"
    _require_database(key, name)
    arns = (
        _glue_arn("catalog"),
        _glue_arn(f"database/{name}"),
        _glue_arn(f"table/{name}/{ddl.table}"),
    )
    _require(key, "glue:GetTable", *arns)
    _require(key, action, *arns)


def _require_database(key: str, name: str) -> None:
    _require(key, "glue:GetDatabase", _glue_arn("catalog"), _glue_arn(f"database/{name}"))
    if name not in glue._databases:
        raise QueryError(f"SCHEMA_NOT_FOUND: line 1:1: Schema '{name}' does not exist")


def require_tables(key: str, statement: Expr, database: str) -> None:
    """Look at each table of a query, and at its data; raises `QueryError`."""
    own = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        if not table.name or (not table.db and table.name.lower() in own):
            continue
        name = (table.db or database or "default").lower()
        _require_database(key, name)
        arns = (
            _glue_arn("catalog"),
            _glue_arn(f"database/{name}"),
            _glue_arn(f"table/{name}/{table.name.lower()}"),
        )
        _require(key, "glue:GetTable", *arns)
        entry = glue._tables.get(f"{name}/{table.name.lower()}")
        if entry is None:
            raise QueryError(
                f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{name}.{table.name.lower()}' "
                "does not exist"
            )
        # The catalog has lower-case names, and so must the query that ministack looks them up by.
        table.set("this", exp.to_identifier(table.name.lower(), quoted=table.this.quoted))
        if table.db:
            table.set("db", exp.to_identifier(name, quoted=True))
        _require_data(key, (entry.get("StorageDescriptor") or {}).get("Location"))


def _require_data(key: str, location: str | None) -> None:
    if not location:
        return
    target = urlparse(location)
    bucket = f"arn:aws:s3:::{target.netloc}"
    if s3._buckets.get(target.netloc) is None:
        raise QueryError(
            f"HIVE_FILESYSTEM_ERROR: the bucket of the table's location {location} does not exist"
        )
    _require(key, "s3:ListBucket", bucket)
    prefix = target.path.rstrip("/") + "/"
    for name in list(s3._buckets[target.netloc]["objects"]):
        if f"/{name}".startswith(prefix) and not name.endswith("/"):
            _require(key, "s3:GetObject", f"{bucket}/{name}")
