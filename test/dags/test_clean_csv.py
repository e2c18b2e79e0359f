"""The join's result, made ready for Redshift."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaalib.clean_csv import clean

# Athena writes no line break into a value that has none, and the data set has none.
TITLES = st.text(
    st.characters(blacklist_characters="\r\n\0", blacklist_categories=("Cs",)), min_size=1
).filter(str.strip)
RATINGS = st.decimals("0.5", "5", places=1).map(str)


def as_athena(rows: list[tuple[str, str]]) -> str:
    """A result as Athena writes it: every value in quotes."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [("title", "rating"), *rows]
    )
    return text.getvalue()


def cleaned(text: str) -> tuple[tuple[int, int], list[tuple[str, ...]]]:
    into = io.StringIO(newline="")
    counts = clean(io.StringIO(text, newline=""), into)
    return counts, [tuple(row) for row in csv.reader(io.StringIO(into.getvalue(), newline=""))]


@given(st.lists(st.tuples(TITLES, RATINGS)))
def test_complete_rows_come_through_as_they_are(rows: list[tuple[str, str]]):
    assert cleaned(as_athena(rows)) == ((len(rows), 0), [("title", "rating"), *rows])


@given(
    st.lists(st.tuples(TITLES, RATINGS)),
    st.lists(
        st.sampled_from([("Film", "e"), ("", "4.5"), ("  ", "5.0"), ("Film", ""), ("Film", "NaN")])
    ),
)
def test_rows_without_title_or_number_are_left_out_and_counted(good, bad):
    counts, rows = cleaned(as_athena([*bad, *good]))
    assert counts == (len(good), len(bad))
    assert rows == [("title", "rating"), *good]


@pytest.mark.parametrize("text", ["", '"title"\n', '"rating","title"\n', '"a","b"\n"x","1"\n'])
def test_other_columns_are_refused(text: str):
    with pytest.raises(ValueError, match="were expected"):
        cleaned(text)
