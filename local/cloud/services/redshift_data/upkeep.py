"""VACUUM and ANALYZE, which change how Redshift keeps a table, and no row of it.

https://docs.aws.amazon.com/redshift/latest/dg/r_VACUUM_command.html
https://docs.aws.amazon.com/redshift/latest/dg/r_ANALYZE.html
"""

from __future__ import annotations

import duckdb
from sqlglot import exp

from local.cloud.services.redshift_data import catalog
from local.cloud.services.redshift_data.lexing import Words

_KINDS = ("FULL", "SORT", "DELETE", "ONLY", "REINDEX", "RECLUSTER", "VERBOSE")


def done(text: str, cursor: duckdb.DuckDBPyConnection, alone: bool) -> bool:
    """Whether a statement was one of those.

    Args:
        text: of the statement.
        cursor: where the table is looked for.
        alone: whether the statement is a transaction of its own.

    Raises:
        ValueError: where there is no such table, or it is of no form that Redshift takes.
    """
    words = Words(text)
    verb = words.upper()
    if verb not in ("VACUUM", "ANALYZE"):
        return False
    words.expect(verb)
    if verb == "VACUUM" and not alone:
        raise ValueError("VACUUM cannot run inside a transaction block")
    if words.upper() == "COMPRESSION":
        raise ValueError("the local cloud does not run ANALYZE COMPRESSION")
    while words.upper() in _KINDS:
        words.skip(*_KINDS)
    if words and words.upper() not in ("TO", "PREDICATE", "ALL"):
        catalog.find(cursor, exp.to_table(words.take("word"), dialect="redshift"))
        if verb == "ANALYZE" and words.kind() == "mark":
            words.names()
    if verb == "VACUUM":
        if words.skip("TO"):
            words.take("word")
            words.expect("PERCENT")
        words.skip("BOOST")
    elif words.skip("PREDICATE", "ALL"):
        words.expect("COLUMNS")
    if words:
        raise ValueError(words.wrong())
    return True
