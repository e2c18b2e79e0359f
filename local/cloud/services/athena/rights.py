"""What the caller of a query must be allowed to do, and what must be there for it.

https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlparse

from ministack.services import athena, glue, s3

from local.cloud.core import auth
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.athena.sql import QueryError


def _glue_arn(resource: str) -> str:
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}"


def database_arns(name: str) -> tuple[str, ...]:
    """What Glue asks about where a call is about a database."""
    return _glue_arn("catalog"), _glue_arn(f"database/{name}")


def table_arns(database: str, table: str) -> tuple[str, ...]:
    """What Glue asks about where a call is about a table."""
    return *database_arns(database), _glue_arn(f"table/{database}/{table}")


def require(key: str, action: str, *arns: str) -> None:
    """Look whether the caller may do something with each; raises `QueryError`."""
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
    require(key, "s3:GetBucketLocation", f"arn:aws:s3:::{target.netloc}")
    require(key, "s3:PutObject", f"arn:aws:s3:::{target.netloc}{target.path}")


def require_ddl(key: str, ddl: Any, database: str) -> None:
    """Look at the table of a CREATE or DROP; raises `QueryError`."""
    drops = isinstance(ddl, athena._DropTable)
    require_change(
        key, "DeleteTable" if drops else "CreateTable", ddl.database or database, ddl.table
    )


def require_change(key: str, action: str, database: str, table: str) -> None:
    """Look whether the caller may change a table of the catalog; raises `QueryError`."""
    name = database or "default"
    require_database(key, name)
    require(key, "glue:GetTable", *table_arns(name, table))
    require(key, f"glue:{action}", *table_arns(name, table))


def require_database(key: str, name: str) -> None:
    """Look whether the caller may see a database, and it is there; raises `QueryError`."""
    require(key, "glue:GetDatabase", *database_arns(name))
    if name not in glue._databases:
        raise QueryError(f"SCHEMA_NOT_FOUND: line 1:1: Schema '{name}' does not exist")


def require_table(key: str, database: str, table: str) -> Any:
    """The entry of a table that the caller may see; raises `QueryError`."""
    require_database(key, database)
    require(key, "glue:GetTable", *table_arns(database, table))
    entry = glue._tables.get(f"{database}/{table}")
    if entry is None:
        raise QueryError(
            f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{database}.{table}' does not exist"
        )
    return entry


def require_data(key: str, location: str | None) -> None:
    """Look whether the caller may read what lies at a location; raises `QueryError`."""
    if not location:
        return
    target = urlparse(location)
    bucket = f"arn:aws:s3:::{target.netloc}"
    if s3._buckets.get(target.netloc) is None:
        raise QueryError(
            f"HIVE_FILESYSTEM_ERROR: the bucket of the table's location {location} does not exist"
        )
    require(key, "s3:ListBucket", bucket)
    prefix = target.path.rstrip("/") + "/"
    for name in list(s3._buckets[target.netloc]["objects"]):
        if f"/{name}".startswith(prefix) and not name.endswith("/"):
            require(key, "s3:GetObject", f"{bucket}/{name}")
