"""Users of a database: CREATE USER and DROP USER, and who `current_user` is.

Those of IAM's names are there as soon as they log in. Kept in the database, as rights are.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

from __future__ import annotations

import contextlib
import re

import duckdb
from sqlglot import Expr, exp

from local.cloud.services.redshift_data.lexing import Words

_MOST_CHARACTERS = 128

_STATEMENT = re.compile(r"\s*(?:CREATE|DROP)\s+USER\b", re.IGNORECASE)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what users are kept in; rights have made the schema."""
    connection.execute("CREATE TABLE IF NOT EXISTS local_rights.users (name VARCHAR PRIMARY KEY)")


def exists(name: str, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a user has been created."""
    found = connection.execute(
        "SELECT count(*) FROM local_rights.users WHERE name = ?", [name]
    ).fetchone()
    return bool(found and found[0])


def arrive(name: str, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a user who logs in is there; one of IAM's names is from then on.

    https://docs.aws.amazon.com/redshift/latest/mgmt/generating-user-credentials.html
    """
    if exists(name, connection):
        return True
    if not name.startswith(("IAM:", "IAMR:")):
        return False
    with contextlib.suppress(duckdb.TransactionException, duckdb.ConstraintException):
        # Another statement of the user's may have come first.
        connection.execute("INSERT INTO local_rights.users VALUES (?)", [name])
    return True


def told(statement: Expr, user: str) -> Expr:
    """A statement that has the user in the place of `current_user` and its like.

    Raises:
        ValueError: for a view, which would tell the one who created it.
    """
    for node in list(statement.find_all(exp.CurrentUser, exp.SessionUser)):
        if isinstance(statement, exp.Create) and statement.kind == "VIEW":
            raise ValueError("the local cloud has no views of current_user")
        said = exp.Literal.string(user)
        alone = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
        node.replace(exp.alias_(said, node.key.replace("user", "_user")) if alone else said)
    return statement


def concerns(text: str) -> bool:
    """Whether a statement is one of those. It may have a password: no parser may log it."""
    return _STATEMENT.match(text) is not None


def done(text: str, connection: duckdb.DuckDBPyConnection, user: str, administrator: str) -> bool:
    """Whether a statement was one of those; it is done then.

    Raises:
        ValueError: where the user may not, or it is not what Redshift takes.
    """
    if not concerns(text):
        return False
    words = Words(text)
    verb = words.take("word").upper()
    words.expect("USER")
    if user != administrator:
        raise ValueError(f"must be superuser to {verb.lower()} users")
    if verb == "CREATE":
        _create(words, connection, administrator)
    else:
        _drop(words, connection, administrator)
    return True


def _create(words: Words, connection: duckdb.DuckDBPyConnection, administrator: str) -> None:
    name = _name(words)
    words.skip("WITH")
    words.expect("PASSWORD")
    if not words.skip("DISABLE"):
        _require_password(words.text())
    if words:
        raise ValueError(f"the local cloud does not support CREATE USER … {words.upper()}")
    if name == administrator or exists(name, connection):
        raise ValueError(f'user "{name}" already exists')
    connection.execute("INSERT INTO local_rights.users VALUES (?)", [name])


def _drop(words: Words, connection: duckdb.DuckDBPyConnection, administrator: str) -> None:
    if_exists = words.skip("IF")
    if if_exists:
        words.expect("EXISTS")
    name = _name(words)
    if words:
        raise ValueError(words.wrong())
    if name == administrator:
        raise ValueError("current user cannot be dropped")
    if not exists(name, connection):
        if if_exists:
            return
        raise ValueError(f'user "{name}" does not exist')
    [(owned,)] = connection.execute(
        "SELECT count(*) FROM local_rights.owners WHERE owner = ?", [name]
    ).fetchall()
    if owned:
        raise ValueError(
            f'user "{name}" cannot be dropped because some objects depend on it\n'
            f"  Detail: owner of {owned} relations"
        )
    connection.execute("DELETE FROM local_rights.users WHERE name = ?", [name])


def _name(words: Words) -> str:
    quoted = words.kind() == "name"
    name = words.take("name", "word")
    name = name if quoted else name.lower()
    if not 0 < len(name) <= _MOST_CHARACTERS or name.lower() == "public":
        raise ValueError(f'user name "{name}" is not allowed')
    return name


def _require_password(text: str) -> None:
    # A password may also be given as its digest, which no log-in here would look at either.
    plain = not text.startswith(("md5", "sha256"))
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]")
    if plain and not (8 <= len(text) <= 64 and all(re.search(kind, text) for kind in kinds)):
        raise ValueError(
            "password must have 8 to 64 characters, with an uppercase letter, a lowercase letter "
            "and a number"
        )
