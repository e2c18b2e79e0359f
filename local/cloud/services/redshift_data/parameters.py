"""Parameters of a session: SET, RESET and SHOW.

https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

import duckdb

from local.cloud.services.redshift_data.typed import literal

#: Those that are known, with their defaults. All but `search_path` change no row.
DEFAULTS = {
    "application_name": "",
    "enable_result_cache_for_session": "on",
    "query_group": "default",
    "search_path": "$user, public",
    "wlm_query_slot_count": "1",
}

_SET = re.compile(
    r"\s*SET\s+(?:(SESSION|LOCAL)\s+)?(\w+)\s*(?:=|\sTO\s)\s*(.+?)\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_OTHER = re.compile(r"\s*(RESET|SHOW)\s+(\w+)\s*;?\s*", re.IGNORECASE)


class Change(NamedTuple):
    """SET, RESET or SHOW."""

    verb: str
    name: str
    #: None for the default.
    value: str | None
    #: Whether it is for the transaction alone.
    local: bool


def read(text: str) -> Change | None:
    """SET, RESET or SHOW of a parameter; None for other statements.

    Raises:
        ValueError: for a parameter that is not known.
    """
    if found := _SET.fullmatch(text):
        scope, name, given = found.groups()
        value = ", ".join(part.strip().strip("'\"") for part in given.split(","))
        value = None if value.upper() == "DEFAULT" else value
        change = Change("SET", name.lower(), value, (scope or "").upper() == "LOCAL")
    elif found := _OTHER.fullmatch(text):
        change = Change(found[1].upper(), found[2].lower(), None, False)
    else:
        return None
    if change.name not in DEFAULTS:
        raise ValueError(
            f"the local cloud does not run {change.verb} {change.name}; it knows the parameters "
            f"{', '.join(DEFAULTS)}"
        )
    return change


class Parameters:
    """Those of a session, of which a transaction that is undone has set none."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._values: dict[str, str] = {}
        self._before: dict[str, str] = {}
        self._lasting: dict[str, str] = {}
        cursor.execute("SET search_path = 'public'")

    def begin(self) -> None:
        """A transaction begins."""
        self._before, self._lasting = dict(self._values), dict(self._values)

    def end(self, committed: bool) -> None:
        """It has ended: what was set stays where it was committed, but for SET LOCAL."""
        values = self._lasting if committed else self._before
        if values != self._values:
            self._values = values
            self._search()

    def make(self, change: Change) -> str | None:
        """Do what a statement says; the value that SHOW shows, or None."""
        if change.verb == "SHOW":
            return self._values.get(change.name, DEFAULTS[change.name])
        for values in (self._values,) if change.local else (self._values, self._lasting):
            values[change.name] = DEFAULTS[change.name] if change.value is None else change.value
        self._search()
        return None

    def _search(self) -> None:
        """Have the engine look for tables where the search path says."""
        path = self._values.get("search_path", DEFAULTS["search_path"])
        there = {
            str(name).lower()
            for (name,) in self._cursor.execute(
                "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()"
            ).fetchall()
        }
        wanted = [name for name in re.split(r"\s*,\s*", path.lower()) if name in there]
        # Nothing is in the engine's own first schema.
        searched = ",".join(wanted or ["main"])
        self._cursor.execute(f"SET search_path = {literal(searched)}")
