"""Users of a database, what they own, and what they may do with it.

Kept in the database itself, so that what a transaction undoes is undone here as well. The
administrator may do everything; https://docs.aws.amazon.com/redshift/latest/dg/r_Privileges.html
"""

from __future__ import annotations

import re

import duckdb
from sqlglot import Expr, exp

from local.cloud.services.redshift_data import catalog, created, users

_TABLES = """
CREATE SCHEMA IF NOT EXISTS local_rights;
CREATE TABLE IF NOT EXISTS local_rights.owners (name VARCHAR PRIMARY KEY, owner VARCHAR);
CREATE TABLE IF NOT EXISTS local_rights.readers (name VARCHAR, kind VARCHAR, reader VARCHAR);
CREATE TABLE IF NOT EXISTS local_rights.roles (kind VARCHAR, name VARCHAR);
CREATE TABLE IF NOT EXISTS local_rights.members (role VARCHAR, member VARCHAR);
"""

_CREATE = re.compile(r'\s*CREATE\s+(ROLE|GROUP)\s+"?([\w:-]+)"?\s*;?\s*', re.IGNORECASE)
_MEMBER = re.compile(r'\s*GRANT\s+ROLE\s+"?([\w:-]+)"?\s+TO\s+"?([\w:-]+)"?\s*;?\s*', re.IGNORECASE)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what rights are kept in."""
    connection.execute(_TABLES)
    users.prepare(connection)


def administered(
    text: str, connection: duckdb.DuckDBPyConnection, user: str, administrator: str
) -> bool:
    """Do what a text says where it is about roles, which DuckDB has not; whether it was.

    Raises:
        ValueError: where the user may not.
    """
    created, member = _CREATE.fullmatch(text), _MEMBER.fullmatch(text)
    if created is None and member is None:
        return False
    if user != administrator:
        raise ValueError("must be superuser to create or grant roles")
    if created is not None:
        connection.execute(
            "INSERT INTO local_rights.roles VALUES (?, ?)", [created[1].upper(), created[2]]
        )
    if member is not None:
        _require_role(connection, "ROLE", member[1])
        connection.execute("INSERT INTO local_rights.members VALUES (?, ?)", [*member.groups()])
    return True


def grant(
    statement: exp.Grant, connection: duckdb.DuckDBPyConnection, user: str, administrator: str
) -> None:
    """Let others read a table.

    Raises:
        ValueError: where the user may not, somebody is not there, or something else is granted.
    """
    names = [str(privilege.this).upper() for privilege in statement.args["privileges"]]
    table = statement.args["securable"]
    if names != ["SELECT"] or not isinstance(table, exp.Table):
        raise ValueError("the local cloud knows GRANT SELECT ON a table alone")
    if user not in (administrator, _owner(connection, table.name)):
        raise ValueError(f"permission denied for relation {table.name}")
    for principal in statement.args["principals"]:
        kind, name = str(principal.args.get("kind") or "USER"), principal.this.name
        if kind != "USER":
            _require_role(connection, kind, name)
        else:
            name = name if principal.this.args.get("quoted") else name.lower()
            if name != administrator and not users.exists(name, connection):
                raise ValueError(f'user "{name}" does not exist')
        values = [table.name, kind, name]
        connection.execute("INSERT INTO local_rights.readers VALUES (?, ?, ?)", values)


def require(
    statement: Expr,
    temporary: set[str],
    connection: duckdb.DuckDBPyConnection,
    user: str,
    administrator: str,
) -> None:
    """Look whether the user may do what a statement does with each table.

    A temporary table is its session's, which nobody else has.

    Args:
        statement: as it is parsed.
        temporary: the names of the session's temporary tables.
        connection: of the database.
        user: who runs it.
        administrator: who may do everything.

    Raises:
        ValueError: where it may not.
    """
    if user == administrator:
        return
    # Not by its name: what it is made from may have the same.
    changed = statement.find(exp.Table) if _changes(statement) else None
    for table in statement.find_all(exp.Table):
        if catalog.is_temporary(table, temporary):
            continue
        owner = _owner(connection, table.name)
        if owner is None or owner == user:
            continue
        if table is changed and not isinstance(statement, exp.Create):
            raise ValueError(
                f"must be owner of relation {table.name}"
                if isinstance(statement, (exp.Alter, exp.Drop))
                else f"permission denied for relation {table.name}"
            )
        if table is not changed and not _may_read(connection, table.name, user):
            raise ValueError(f"permission denied for relation {table.name}")


def note(
    statement: Expr, temporary: set[str], connection: duckdb.DuckDBPyConnection, user: str
) -> None:
    """Take note of who owns what a statement has made, or renamed, or dropped.

    Args:
        statement: as it is parsed.
        temporary: the names of the temporary tables that there were before it.
        connection: of the database.
        user: who ran it.
    """
    first = statement.find(exp.Table)
    if created.creates_temporary(statement) or first is None:
        return
    if not isinstance(statement, exp.Create) and catalog.is_temporary(first, temporary):
        return
    table = first.name
    if isinstance(statement, exp.Create):
        connection.execute(
            "INSERT INTO local_rights.owners VALUES (?, ?) ON CONFLICT DO NOTHING", [table, user]
        )
    elif isinstance(statement, exp.Drop):
        for kept in ("owners", "readers"):
            connection.execute(f"DELETE FROM local_rights.{kept} WHERE name = ?", [table])  # noqa: S608
    elif isinstance(statement, exp.Alter):
        for action in statement.args.get("actions") or []:
            if isinstance(action, exp.AlterRename):
                for kept in ("owners", "readers"):
                    connection.execute(
                        f"UPDATE local_rights.{kept} SET name = ? WHERE name = ?",  # noqa: S608
                        [action.this.name, table],
                    )


def _changes(statement: Expr) -> bool:
    return not isinstance(statement, exp.Query)


def _owner(connection: duckdb.DuckDBPyConnection, table: str) -> str | None:
    found = connection.execute(
        "SELECT owner FROM local_rights.owners WHERE name = ?", [table]
    ).fetchone()
    return found[0] if found else None


def _may_read(connection: duckdb.DuckDBPyConnection, table: str, user: str) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM local_rights.readers r WHERE r.name = ? AND (r.reader = ? OR EXISTS "
        "(FROM local_rights.members m WHERE m.role = r.reader AND m.member = ?))",
        [table, user, user],
    ).fetchone()
    return bool(found and found[0])


def _require_role(connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> None:
    found = connection.execute(
        "SELECT count(*) FROM local_rights.roles WHERE kind = ? AND name = ?", [kind, name]
    ).fetchone()
    if not found or not found[0]:
        raise ValueError(f'{kind.lower()} "{name}" does not exist')
