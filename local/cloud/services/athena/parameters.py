"""Parameters of queries, and prepared statements.

https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import sqlglot
from ministack.services import athena
from sqlglot.errors import ParseError, TokenError

from local.cloud.core import auth
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.athena.sql import QueryError

_PREPARE = re.compile(r"\s*PREPARE\s+(\w+)\s+FROM\s+(.+)", re.IGNORECASE | re.DOTALL)
_EXECUTE = re.compile(r"\s*EXECUTE\s+(\w+)(?:\s+USING\s+(.+?))?\s*;?\s*", re.IGNORECASE | re.DOTALL)
_DEALLOCATE = re.compile(r"\s*DEALLOCATE\s+PREPARE\s+(\w+)\s*;?\s*", re.IGNORECASE)


def meant(query: str, values: Sequence[str], workgroup: str, key: str) -> str | None:
    """The statement to run.

    Args:
        query: as it was started.
        values: of its parameters, each as SQL has it.
        workgroup: whose prepared statements these are.
        key: the access key of the caller.

    Returns:
        The statement with the values in the places of its parameters; None where all is done, since
        it was about a prepared statement.

    Raises:
        QueryError: where there is no such prepared statement, or the number of values is wrong.
    """
    if (found := _PREPARE.fullmatch(query)) is not None:
        _require(key, "athena:CreatePreparedStatement", workgroup)
        athena._prepared_statements[f"{workgroup}/{found[1]}"] = {
            "StatementName": found[1],
            "WorkGroupName": workgroup,
            "QueryStatement": found[2],
            "Description": "",
            "LastModifiedTime": int(time.time()),
        }
        return None
    if (found := _DEALLOCATE.fullmatch(query)) is not None:
        _require(key, "athena:DeletePreparedStatement", workgroup)
        _statement(workgroup, found[1])
        athena._prepared_statements.pop(f"{workgroup}/{found[1]}", None)
        return None
    if (found := _EXECUTE.fullmatch(query)) is not None:
        _require(key, "athena:GetPreparedStatement", workgroup)
        using = [*(_listed(found[2]) if found[2] else []), *values]
        return _substituted(_statement(workgroup, found[1]), using)
    return _substituted(query, values)


def _require(key: str, action: str, workgroup: str) -> None:
    arn = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{workgroup}"
    if (message := auth.refusal(key, action, arn, "athena")) is not None:
        raise QueryError(f"Insufficient permissions to execute the query. {message}")


def _statement(workgroup: str, name: str) -> str:
    found = athena._prepared_statements.get(f"{workgroup}/{name}")
    if found is None:
        raise QueryError(f"PreparedStatement {name} was not found in workGroup {workgroup}")
    return str(found["QueryStatement"])


def _listed(text: str) -> list[str]:
    """The values of USING, each as it is written."""
    try:
        return [one.sql(dialect="trino") for one in sqlglot.parse_one(f"({text},)").expressions]
    except ParseError as error:
        raise QueryError(f"SYNTAX_ERROR: line 1:1: the values of USING: {text}") from error


def _substituted(query: str, values: Sequence[str]) -> str:
    try:
        tokens = sqlglot.tokenize(query, dialect="athena")
    except TokenError as error:
        raise QueryError(f"SYNTAX_ERROR: line 1:1: {error}") from error
    places = [token for token in tokens if token.token_type.name == "PLACEHOLDER"]
    if len(places) != len(values):
        raise QueryError(
            "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: "
            f"expected {len(places)} but found {len(values)}"
        )
    for place, value in reversed(list(zip(places, values, strict=True))):
        query = f"{query[: place.start]}{value}{query[place.end + 1 :]}"
    return query
