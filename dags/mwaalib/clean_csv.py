"""The result of the join, made ready for Redshift."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import IO

#: Columns that the join has and the table takes, in this order.
COLUMNS = ("title", "rating")


def clean(result: Iterable[str], into: IO[str]) -> tuple[int, int]:
    """Copy the rows that are complete: a title, and a rating that is a number.

    The post takes out the stray rating `e` that a header leaves behind where a file has more than
    one; here such a row is left out as a whole, so that the columns stay in step.

    Args:
        result: Lines of Athena's result, the header first.
        into: Text file, open with `newline=""`, that is given the header and the complete rows.

    Returns:
        How many rows were kept, and how many were left out.

    Raises:
        ValueError: for a result with other columns than `title` and `rating`.
    """
    rows = csv.reader(result, strict=True)
    header = tuple(next(rows, ()))
    if header != COLUMNS:
        raise ValueError(f"The result has the columns {header}; {COLUMNS} were expected.")
    writer = csv.writer(into, lineterminator="\n")
    writer.writerow(COLUMNS)
    kept = dropped = 0
    for row in rows:
        if len(row) == len(COLUMNS) and row[0].strip() and _is_number(row[1]):
            writer.writerow(row)
            kept += 1
        else:
            dropped += 1
    return kept, dropped


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
