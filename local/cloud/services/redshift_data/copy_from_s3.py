"""COPY from S3, as Redshift does it: with a role's rights, all or nothing.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

# The engine takes no parameters for tables and files: names and literals are quoted here.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import boto3
import duckdb
from botocore.config import Config
from botocore.exceptions import ClientError
from sqlglot import exp

from local.cloud.core import auth
from local.cloud.core.settings import REGION

#: Who works as the role of a COPY, for a namespace and for a cluster.
SERVICES = ("redshift-serverless.amazonaws.com", "redshift.amazonaws.com")

#: Options that are followed by a value, and those that stand alone.
_VALUED = {"DELIMITER", "IGNOREHEADER", "NULL", "QUOTE", "REGION", "COMPUPDATE", "STATUPDATE"}
_FLAGS = {"ACCEPTINVCHARS", "BLANKSASNULL", "CSV", "EMPTYASNULL", "GZIP", "MANIFEST", "PARQUET"}


_staging = Path()


def start(folder: Path) -> None:
    """Keep what is fetched in a folder, and remove what a kill left there."""
    global _staging
    _staging = folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def staging() -> Path:
    """The one folder that the SQL engine may read files in."""
    return _staging


class CopyError(Exception):
    """Why a COPY loaded nothing, in Redshift's manner."""


@dataclass
class Copy:
    """A COPY statement, read."""

    table: exp.Table
    columns: list[str]
    source: str
    #: An ARN, or `default`; None where there are keys.
    role: str | None
    #: Access key, secret key and session token, where the statement has them.
    keys: tuple[str, str, str | None] | None = None
    options: dict[str, str] = field(default_factory=dict)


def read(statement: exp.Copy) -> Copy:
    """Read a parsed COPY.

    Raises:
        CopyError: naming an option that is not understood.
    """
    target = statement.this
    schema = isinstance(target, exp.Schema)
    role, keys = _authorization(statement.args.get("credentials"))
    words = []
    for param in statement.args.get("params") or []:
        words += [part for part in (param.this, param.expression) if part is not None]
    options: dict[str, str] = {}
    while words:
        word = words.pop(0).name.upper()
        if word in ("AS", "FORMAT"):
            continue
        if word in _FLAGS:
            options[word] = ""
        elif word in _VALUED:
            if words and words[0].name.upper() == "AS":
                words.pop(0)
            options[word] = words.pop(0).name if words else ""
        else:
            raise CopyError(f"the COPY option {word} is not supported by the local cloud")
    return Copy(
        table=target.this if schema else target,
        columns=[column.name for column in target.expressions] if schema else [],
        source=statement.args["files"][0].name,
        role=role,
        keys=keys,
        options=options,
    )


def _authorization(
    given: exp.Expr | None,
) -> tuple[str | None, tuple[str, str, str | None] | None]:
    """The role of a COPY, or its keys: by IAM_ROLE, or by CREDENTIALS.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html

    Raises:
        CopyError: where there is neither, or both.
    """
    role = given.args.get("iam_role") if given else None
    text = given.args.get("credentials") if given else None
    if role is not None and text is None:
        return role.name, None
    if role is not None or text is None:
        raise CopyError("COPY needs IAM_ROLE 'arn', IAM_ROLE default, or CREDENTIALS, one of them")
    named = dict(part.partition("=")[::2] for part in text.name.split(";"))
    if "aws_iam_role" in named:
        return named["aws_iam_role"], None
    try:
        key, secret = named["aws_access_key_id"], named["aws_secret_access_key"]
    except KeyError as missing:
        raise CopyError(f"CREDENTIALS has no {missing.args[0]}") from missing
    return None, (key, secret, named.get("token"))


def run(
    copy: Copy, cursor: duckdb.DuckDBPyConnection, namespace: dict[str, Any], endpoint: str
) -> int:
    """Load the objects into the table, inside the transaction that is open.

    Returns:
        The number of rows.

    Raises:
        CopyError: for a role that cannot be used, objects that it cannot read, or bad rows.
    """
    client = _client(copy, namespace, endpoint)
    table = copy.table.sql(dialect="duckdb")
    known = cursor.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall()
    types = dict(known)
    columns = copy.columns or [name for name, _ in known]
    if unknown := [name for name in columns if name not in types]:
        raise CopyError(f'column "{unknown[0]}" of relation "{copy.table.name}" does not exist')
    with _objects(copy, client) as files:
        paths = "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in files) + "]"
        if "PARQUET" in copy.options:
            source = f"read_parquet({paths})"
        else:
            source = _csv(copy, cursor, paths, [(name, types[name]) for name in columns])
        names = ", ".join(exp.to_identifier(name, quoted=True).sql("duckdb") for name in columns)
        try:
            [(count,)] = cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT * FROM {source}"
            ).fetchall()
        except duckdb.ConstraintException as error:
            raise CopyError(_failed(copy, f"String length exceeds DDL length: {error}")) from error
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise CopyError(_failed(copy, str(error))) from error
    return int(count)


def _failed(copy: Copy, detail: str) -> str:
    return (
        f"Load into table '{copy.table.name}' failed. Check 'sys_load_error_detail' system table "
        f"for details: {detail}"
    )


def _client(copy: Copy, namespace: dict[str, Any], endpoint: str) -> Any:
    access_key, secret_key, token = copy.keys or _keys_of_role(copy, namespace)
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=copy.options.get("REGION", REGION),
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


def _keys_of_role(copy: Copy, namespace: dict[str, Any]) -> tuple[str, str, str | None]:
    named = copy.role or "default"
    role = namespace.get("defaultIamRoleArn") if named.lower() == "default" else named
    if not role:
        raise CopyError("IAM_ROLE default: the namespace has no default role")
    if role not in namespace["iamRoles"]:
        raise CopyError(f"the role {role} is not associated to the namespace")
    reasons = []
    for service in SERVICES:
        try:
            vended = auth.assume(role, service, namespace["namespaceArn"])
        except auth.Denied as denied:
            reasons.append(str(denied))
        else:
            return vended.access_key_id, vended.secret_access_key, vended.session_token
    raise CopyError(
        f"User arn:aws:redshift is not authorized to assume IAM Role {role}: {reasons[0]}"
    )


@contextlib.contextmanager
def _objects(copy: Copy, client: Any) -> Iterator[list[Path]]:
    """The objects of a COPY as files: all whose key begins with the path, or a manifest's."""
    source = urlparse(copy.source)
    if source.scheme != "s3":
        raise CopyError(f"COPY reads s3://…, not {copy.source}")
    bucket, prefix = source.netloc, source.path.lstrip("/")
    with tempfile.TemporaryDirectory(dir=_staging) as folder:
        try:
            if "MANIFEST" in copy.options:
                manifest = json.load(client.get_object(Bucket=bucket, Key=prefix)["Body"])
                wanted = [urlparse(entry["url"]) for entry in manifest["entries"]]
                names = [(part.netloc, part.path.lstrip("/")) for part in wanted]
            else:
                pages = client.get_paginator("list_objects_v2").paginate(
                    Bucket=bucket, Prefix=prefix
                )
                names = [
                    (bucket, entry["Key"])
                    for page in pages
                    for entry in page.get("Contents", [])
                    if not entry["Key"].endswith("/")
                ]
            if not names:
                raise CopyError(f"The specified S3 prefix '{prefix}' does not exist")
            files = []
            for number, (where, key) in enumerate(names):
                file = Path(folder) / str(number)
                # Not download_file, whose HEAD is refused without a word of what is missing.
                file.write_bytes(client.get_object(Bucket=where, Key=key)["Body"].read())
                if "GZIP" in copy.options:
                    file.write_bytes(gzip.decompress(file.read_bytes()))
                files.append(file)
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            code = "AccessDenied" if code in ("403", "AccessDenied") else code
            raise CopyError(f"S3ServiceException:{message},Status {code}, {copy.source}") from error
        yield files


def _csv(
    copy: Copy, cursor: duckdb.DuckDBPyConnection, paths: str, columns: list[tuple[str, str]]
) -> str:
    """The relation of the CSV files, with every value looked at first.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-csv
    """
    if "CSV" not in copy.options:
        raise CopyError("the local cloud loads FORMAT CSV and PARQUET")
    options = copy.options
    quote = options.get("QUOTE", '"')
    raw = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))

    def literal(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    null = f", nullstr = {literal(options['NULL'])}" if "NULL" in options else ""
    reader = (
        f"read_csv({paths}, auto_detect = false, header = false, "
        f"skip = {int(options.get('IGNOREHEADER', '0'))}, "
        f"delim = {literal(options.get('DELIMITER', ','))}, "
        f"quote = {literal(quote)}, escape = {literal(quote)}, columns = {{{raw}}}, "
        f"strict_mode = true{null})"
    )
    selected = []
    for i, (name, kind) in enumerate(columns):
        value = f"c{i}"
        if kind == "VARCHAR":
            # DuckDB reads an empty value as a null; Redshift keeps it, if not told otherwise.
            keep = "EMPTYASNULL" not in options and "NULL" not in options
            selected.append(f"coalesce({value}, '')" if keep else value)
            continue
        wrong = (
            f"SELECT {value} FROM {reader} WHERE {value} IS NOT NULL AND "
            f"TRY_CAST({value} AS {kind}) IS NULL LIMIT 1"
        )
        try:
            found = cursor.execute(wrong).fetchone()
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise CopyError(_failed(copy, str(error))) from error
        if found is not None:
            raise CopyError(
                _failed(copy, f"Invalid value '{found[0]}' for column \"{name}\" of type {kind}")
            )
        selected.append(f"CAST({value} AS {kind})")
    return f"(SELECT {', '.join(selected)} FROM {reader})"
