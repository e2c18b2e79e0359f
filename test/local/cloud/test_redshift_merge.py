"""MERGE of Redshift, against the same merge done by Python.

https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
"""

from __future__ import annotations

import random

import pytest
from running import Cloud, unique
from test_redshift import Warehouse, as_task, outcome


class Merges(Warehouse):
    """A warehouse whose tables are merged."""

    def tables(self, target: list[tuple], source: list[tuple]) -> tuple[str, str]:
        """Two tables of an id and a name, with rows."""
        names = unique("target").replace("-", "_"), unique("source").replace("-", "_")
        made = []
        for name, rows in zip(names, (target, source), strict=True):
            made.append(f"CREATE TABLE {name} (id INT, name VARCHAR(10))")
            values = ", ".join(f"({number}, '{text}')" for number, text in rows)
            made += [f"INSERT INTO {name} VALUES {values}"] if rows else []
        ended = self.run(*made)
        assert ended["Status"] == "FINISHED", ended
        return names

    def merged(self, target: list[tuple], source: list[tuple], clauses: str) -> list[tuple]:
        """The rows of a target after a merge, in their order."""
        into, using = self.tables(target, source)
        text = f"MERGE INTO {into} USING {using} ON {into}.id = {using}.id {clauses}"
        ended = self.run(text.replace("TARGET", into).replace("SOURCE", using))
        assert ended["Status"] == "FINISHED", ended
        return self.rows(f"SELECT * FROM {into} ORDER BY 1, 2")


@pytest.fixture(scope="module")
def merges(cloud: Cloud) -> Merges:
    return Merges(cloud)


TARGET = [(30, "Tony"), (30, "Daisy"), (11, "Alice"), (23, "Bill"), (23, "Nikki")]
SOURCE = [(23, "David"), (22, "Clarence")]
INSERT = "WHEN NOT MATCHED THEN INSERT VALUES (SOURCE.id, SOURCE.name)"
UPDATE = "WHEN MATCHED THEN UPDATE SET name = SOURCE.name"


def test_the_examples_of_the_page(merges: Merges) -> None:
    assert merges.merged(TARGET, SOURCE, f"{UPDATE} {INSERT}") == [
        *((11, "Alice"), (22, "Clarence"), (23, "David"), (23, "David")),
        *((30, "Daisy"), (30, "Tony")),
    ]
    assert merges.merged(TARGET, SOURCE, f"WHEN MATCHED THEN DELETE {INSERT}") == [
        *((11, "Alice"), (22, "Clarence"), (30, "Daisy"), (30, "Tony")),
    ]
    assert merges.merged(TARGET, SOURCE, "REMOVE DUPLICATES") == [
        *((11, "Alice"), (22, "Clarence"), (23, "David"), (30, "Daisy"), (30, "Tony")),
    ]


def test_columns_and_expressions(merges: Merges) -> None:
    clauses = (
        "WHEN MATCHED THEN UPDATE SET name = TARGET.name || '+' || SOURCE.name, id = TARGET.id + 1 "
        "WHEN NOT MATCHED THEN INSERT (name) VALUES (upper(SOURCE.name))"
    )
    assert merges.merged([(1, "a"), (2, "b")], [(2, "c"), (3, "d")], clauses) == [
        *((1, "a"), (3, "b+c"), (None, "D")),
    ]


def test_a_batch_stages_what_it_merges(merges: Merges) -> None:
    into, _ = merges.tables(TARGET[:1], [])
    ended = merges.run(
        f"CREATE TEMP TABLE stage (LIKE {into})",
        "INSERT INTO stage VALUES (30, 'x'), (31, 'y')",
        f"MERGE INTO {into} USING stage AS s ON {into}.id = s.id WHEN MATCHED THEN UPDATE SET "
        f"name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name);",
    )
    assert ended["Status"] == "FINISHED", ended
    assert ended["SubStatements"][2]["ResultRows"] == 2
    assert ended["SubStatements"][2]["HasResultSet"] is False
    assert merges.rows(f"SELECT * FROM {into} ORDER BY 1") == [(30, "x"), (31, "y")]


def test_values_of_parameters(merges: Merges) -> None:
    into, using = merges.tables([(1, "a")], [(1, "b"), (2, "c")])
    ended = merges.run(
        f"MERGE INTO {into} USING {using} s ON {into}.id = s.id WHEN MATCHED THEN UPDATE SET "
        "name = :new WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name || :suffix)",
        Parameters=[{"name": "new", "value": "it's"}, {"name": "suffix", "value": "!"}],
    )
    assert (ended["Status"], ended["ResultRows"]) == ("FINISHED", 2), ended
    assert merges.rows(f"SELECT * FROM {into} ORDER BY 1") == [(1, "it's"), (2, "c!")]


@pytest.mark.full
def test_random_rows(merges: Merges) -> None:
    generator = random.Random(3)
    target = [(generator.randrange(60), f"t{n}") for n in range(80)]
    source = [(number, f"s{number}") for number in generator.sample(range(90), 40)]
    new = dict(source)
    added = [(number, text) for number, text in source if number not in dict(target)]
    updated = sorted([*((n, new.get(n, text)) for n, text in target), *added])
    assert merges.merged(target, source, f"{UPDATE} {INSERT}") == updated
    left = sorted([*((n, text) for n, text in target if n not in new), *added])
    assert merges.merged(target, source, f"WHEN MATCHED THEN DELETE {INSERT}") == left


ON = "ON t.id = s.id"
LONG = "'12345678901'"
BOTH = "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name)"


@pytest.mark.full
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"MERGE INTO t USING twice s {ON} {BOTH}", "Found multiple matches to update the same"),
        (f"MERGE INTO t USING twice s {ON} REMOVE DUPLICATES", "Found multiple matches"),
        (f"MERGE INTO t USING t AS s {ON} {BOTH}", "two tables"),
        (f"MERGE INTO v USING s ON v.id = s.id {BOTH}", '"v" is a view'),
        (f"MERGE INTO t USING v AS s {ON} {BOTH}", '"v" is a view'),
        (f"MERGE INTO t USING (SELECT * FROM s) s {ON} {BOTH}", "no subquery"),
        (f"MERGE INTO t AS x USING s ON x.id = s.id {BOTH}", "without an alias"),
        (f"MERGE INTO t USING s {ON} WHEN MATCHED THEN DELETE", "WHEN NOT MATCHED THEN"),
        (f"MERGE INTO t USING s {ON} {BOTH.replace('THEN D', 'AND s.id > 1 THEN D')}", "condition"),
        (
            f"MERGE INTO t USING s {ON} {BOTH.replace('DELETE', 'UPDATE SET t.name = s.name')}",
            "without its table",
        ),
        (f"MERGE INTO nowhere USING s {ON} {BOTH}", 'relation "nowhere" does not exist'),
        (f"MERGE INTO t USING s {ON} {BOTH.replace(', s.name', ', s.no')}", 'column "no"'),
        (f"MERGE INTO t USING s {ON} {BOTH.replace('s.name', LONG)}", "value too long for type"),
        (f"MERGE INTO t USING wide s {ON} REMOVE DUPLICATES", "the same columns"),
    ],
)
def test_what_is_refused(merges: Merges, text: str, said: str) -> None:
    columns = "(id INT, name VARCHAR(10))"
    ended = merges.run(
        *(f"CREATE TEMP TABLE {name} {columns}" for name in ("t", "s", "twice")),
        "CREATE TEMP TABLE wide (id INT, name VARCHAR(10), a INT)",
        "CREATE OR REPLACE VIEW v AS SELECT 1 AS id, 'a' AS name",
        "INSERT INTO t VALUES (1, 'a')",
        "INSERT INTO s VALUES (7, 'g')",
        "INSERT INTO twice VALUES (1, 'a'), (1, 'b')",
        text,
    )
    assert ended["Status"] == "FAILED"
    assert ended["SubStatements"][-1]["Status"] == "FAILED"
    assert said.lower() in ended["Error"].lower(), ended["Error"]


def test_a_merge_wants_rights_on_both_tables(merges: Merges) -> None:
    into, using = merges.tables(TARGET, SOURCE)
    _, task = as_task(merges)
    own = unique("own").replace("-", "_")
    assert outcome(merges, task, f"CREATE TABLE {own} (id INT, name VARCHAR(10))") == "FINISHED"
    for target, source, refused in ((into, own, into), (own, using, using)):
        text = f"MERGE INTO {target} USING {source} ON {target}.id = {source}.id REMOVE DUPLICATES"
        assert f"permission denied for relation {refused}" in outcome(merges, task, text)
