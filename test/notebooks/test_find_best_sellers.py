"""The notebook of the best sellers, as it is uploaded, on Spark, against DuckDB."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import types
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import nbformat
import papermill
import pytest
from best_sellers import (
    NOTEBOOK,
    TITLES,
    TYPES,
    Execution,
    Reviews,
    cells,
    random_reviews,
)
from oracle import oracle
from oracle import table as table_of

import generate_sample_reviews as samples

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("spark")]

ALL = ("2016-02-20", "2016-03-06")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def small(tmp_path: Path) -> Reviews:
    """Six reviews of two products."""
    rows = [
        ("R1", "B1", "Old title", 5, "Y", "", date(2016, 2, 28)),
        ("R2", "B1", "New title", 4, "Y", "", date(2016, 2, 29)),
        ("R3", "B2", "Other", 3, "Y", "", date(2016, 3, 1)),
        ("R4", "B2", "Other", 3, "N", "", date(2016, 2, 29)),
        ("R5", "B2", "Other", None, "Y", "", date(2016, 2, 29)),
        ("R6", "B2", "Other", 5, "Y", "", date(2016, 3, 2)),
    ]
    return Reviews(tmp_path / "in", {"Books": rows, "Toys": [(*rows[3][:6], rows[0][6])]}).write()


def execution(source: Path, output: Path, categories: object, first: object, last: object):
    return Execution(
        {
            "INPUT_LOCATION": f"{source}/",
            "CATEGORIES": categories,
            "FROM_DATE": first,
            "TO_DATE": last,
            "OUTPUT_LOCATION": f"{output}/",
        }
    )


def refused(source: Path, output: Path, categories: object, first: object, last: object) -> str:
    """The message with which the notebook ends; nothing was written."""
    with pytest.raises(ValueError) as raised:
        execution(source, output, categories, first, last).run()
    assert not output.exists()
    return str(raised.value)


def table(output: Path, category: str) -> duckdb.DuckDBPyRelation:
    return table_of(output / "best_sellers", category)


def drawing(output: Path, category: str) -> ElementTree.Element:
    return ElementTree.parse(output / "charts" / f"{category}.svg").getroot()


def bars(svg: ElementTree.Element) -> list[ElementTree.Element]:
    return [rect for rect in svg.iter(f"{SVG}rect") if rect.get("class") == "bar"]


def test_format():
    notebook = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "pysparkkernel"
    assert [c.get("outputs", []) for c in notebook.cells if c.get("outputs")] == []
    assert all(c.execution_count is None for c in cells())
    ids = [c.id for c in notebook.cells]
    assert len(set(ids)) == len(ids)
    # Each block of code is explained.
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        assert cell.cell_type == "markdown" or before.cell_type == "markdown"


def test_parameters():
    first = cells()[0]
    assert first.metadata.tags == ["parameters"]
    names: dict[str, object] = {}
    exec(first.source, names)
    assert {name for name in names if not name.startswith("_")} == {
        "INPUT_LOCATION",
        "CATEGORIES",
        "FROM_DATE",
        "TO_DATE",
        "OUTPUT_LOCATION",
    }
    # papermill asks which language the parameters are to be written in.
    inferred = papermill.inspect_notebook(str(NOTEBOOK))
    assert set(inferred) == {name for name in names if not name.startswith("_")}


# Other reviews for each: what they draw at random and the days that are asked for are independent.
@pytest.mark.parametrize(
    ("seed", "days"),
    enumerate(
        [
            ALL,
            ("2016-02-29", "2016-02-29"),
            ("2016-02-20", "2016-02-20"),
            ("2016-02-25", "2016-03-01"),
            ("2000-01-01", "2030-01-01"),
            ALL,
        ]
    ),
)
def test_equals_duckdb(seed: int, tmp_path: Path, days: tuple[str, str]):
    reviews = random_reviews(tmp_path / "reviews", seed)
    categories = list(reviews.rows)
    run = execution(reviews.folder, tmp_path, categories, *days).run()
    expected = {category: oracle(reviews.folder, category, *days) for category in categories}
    assert {c: table(tmp_path, c).fetchall() for c in categories} == expected
    # The cases that these reviews are for are among them.
    assert expected["Luggage"] == [] and 0 < len(expected["Gift_Card"]) < 20
    if days == ALL:
        assert len(expected["Books"]) == len(expected["Toys"]) == 20
        assert len({(stars, n) for *_, stars, n in expected["Toys"]}) < 3
    for category in categories:
        assert len(bars(drawing(tmp_path, category))) == len(expected[category])
        assert f"{category}: {len(expected[category])} products in {tmp_path}/" in run.output


def test_types(small: Reviews, tmp_path: Path):
    output = tmp_path / "out"
    execution(small.folder, output, ["Books", "Toys"], *ALL).run()
    for category in ("Books", "Toys"):
        found = table(output, category)
        assert dict(zip(found.columns, map(str, found.types), strict=True)) == {
            "rank": "INTEGER",
            "product_id": "VARCHAR",
            "product_title": "VARCHAR",
            "stars": "BIGINT",
            "reviews": "BIGINT",
        }
        folder = output / "best_sellers" / category
        assert (folder / "_SUCCESS").exists()
        assert len(list(folder.glob("part-*.parquet"))) == 1


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2016-02-28", "2016-03-01", [("B1", "New title", 9, 2), ("B2", "Other", 3, 1)]),
        ("2016-02-28", "2016-02-28", [("B1", "Old title", 5, 1)]),
        ("2016-02-29", "2016-02-29", [("B1", "New title", 4, 1)]),
        ("2016-03-01", "2016-03-02", [("B2", "Other", 8, 2)]),
    ],
)
def test_bounds_count(small: Reviews, tmp_path: Path, first: str, last: str, expected: list):
    execution(small.folder, tmp_path / "out", ["Books"], first, last).run()
    ranked = [(rank, *row) for rank, row in enumerate(expected, 1)]
    assert table(tmp_path / "out", "Books").fetchall() == ranked


def test_planted_best_sellers(spark, tmp_path: Path):
    """The generator's reviews give what the generator says."""
    source, categories = tmp_path / "in", ["Health_&_Personal_Care", "Baby", "Gift_Card"]
    samples.write(
        samples.generate(spark, 20_000, categories, date(2015, 1, 1), date(2015, 12, 31), 4),
        str(source),
    )
    output = tmp_path / "out"
    execution(source, output, categories, "2015-03-01", "2015-10-31").run()
    for category in ("Health_&_Personal_Care", "Baby"):
        first = table(output, category).limit(5).fetchall()
        assert [row[1:3] for row in first] == samples.planted(category, 4).best_sellers
    for category in categories:
        expected = oracle(source, category, "2015-03-01", "2015-10-31")
        assert table(output, category).fetchall() == expected


def test_repeated_categories(small: Reviews, tmp_path: Path):
    run = execution(small.folder, tmp_path / "out", ["Books", "Books"], *ALL).run()
    assert run.output.count("Books: 2 products") == 1


def test_unverified_alone(small: Reviews, tmp_path: Path):
    execution(small.folder, tmp_path / "out", ["Toys"], *ALL).run()
    assert table(tmp_path / "out", "Toys").fetchall() == []
    svg = drawing(tmp_path / "out", "Toys")
    assert bars(svg) == []
    assert "No verified purchases" in [text.text for text in svg.iter(f"{SVG}text")]


def test_no_reviews_in_range(small: Reviews, tmp_path: Path):
    message = refused(small.folder, tmp_path / "out", ["Books", "Toys"], "2016-03-03", "2017-01-01")
    for part in ("FROM_DATE", "TO_DATE", "2016-03-03", "2017-01-01", "Books, Toys"):
        assert part in message
    assert "of 2016-02-28 to 2016-03-02" in message and "generate_sample_reviews" in message


@pytest.mark.parametrize("parameter", ["FROM_DATE", "TO_DATE"])
@pytest.mark.parametrize(
    "value",
    ["2015-02-29", "25.08.2015", "20150825", "2015-W35-2", "2015-8-5", "", " 2015-08-25", None, 7],
)
def test_wrong_dates(small: Reviews, tmp_path: Path, parameter: str, value: object):
    days = {"FROM_DATE": "2015-08-25", "TO_DATE": "2015-08-31", parameter: value}
    message = refused(small.folder, tmp_path / "out", ["Books"], *days.values())
    assert message.startswith(f"{parameter} is {value!r}: ")
    assert "YYYY-MM-DD" in message and "2015-08-25" in message


def test_order_of_dates(small: Reviews, tmp_path: Path):
    message = refused(small.folder, tmp_path / "out", ["Books"], "2016-03-01", "2016-02-29")
    assert message.startswith("FROM_DATE is '2016-03-01': ")
    assert "TO_DATE, which is '2016-02-29'" in message


@pytest.mark.parametrize("value", [[], "Books", "Books,Toys", None, ["Books", 7], {"Books": 1}])
def test_wrong_categories(small: Reviews, tmp_path: Path, value: object):
    message = refused(small.folder, tmp_path / "out", value, *ALL)
    assert message.startswith(f"CATEGORIES is {value!r}: ")
    assert '["Apparel", "Books"]' in message


@pytest.mark.parametrize("unknown", ["Boks", "books", "", "*", "Books/", "..", "Bo[o]ks"])
def test_unknown_category(small: Reviews, tmp_path: Path, unknown: str):
    message = refused(small.folder, tmp_path / "out", ["Books", unknown], *ALL)
    assert message.startswith(f"CATEGORIES is {['Books', unknown]!r}: ")
    assert f"of {unknown!r}, but of Books, Toys" in message


def test_the_last_finished_run_of_sample_reviews_is_read(small: Reviews, tmp_path: Path):
    """A later one has not finished; an earlier one, and what lay there before, were replaced."""
    runs = [f"2026113{n}T000000000000Z-0123456789abcdef" for n in range(3)]
    reviews = tmp_path / "reviews"
    shutil.copytree(small.folder, reviews / runs[1])
    (reviews / runs[1] / "_SUCCESS").touch()
    for number in (0, 2):
        (reviews / runs[number] / "product_category=Old").mkdir(parents=True)
    (reviews / runs[0] / "_SUCCESS").touch()
    (reviews / "product_category=Older").mkdir()
    execution(reviews, tmp_path / "out", ["Books"], *ALL).run()
    assert table(tmp_path / "out", "Books").aggregate("count(*)").fetchall() == [(2,)]
    message = refused(reviews, tmp_path / "none", ["Old"], *ALL)
    assert "no reviews are there of 'Old', but of Books, Toys" in message


@pytest.mark.parametrize("parameter", ["INPUT_LOCATION", "OUTPUT_LOCATION"])
@pytest.mark.parametrize("value", ["", "  ", "/", None])
def test_wrong_locations(small: Reviews, tmp_path: Path, parameter: str, value: object):
    run = execution(small.folder, tmp_path / "out", ["Books"], *ALL)
    run.parameters[parameter] = value
    with pytest.raises(ValueError, match=f"^{parameter} is {value!r}: "):
        run.run()


@pytest.mark.parametrize("there", [True, False])
def test_no_input(tmp_path: Path, there: bool):
    if there:
        (tmp_path / "in" / "other").mkdir(parents=True)
        (tmp_path / "in" / "product_category=a file").touch()
    message = refused(tmp_path / "in", tmp_path / "out", ["Books"], *ALL)
    assert message.startswith(f"INPUT_LOCATION is '{tmp_path}/in/': ")
    assert "product_category=<category>" in message and "generate_sample_reviews" in message


@pytest.mark.parametrize(
    ("column", "type"), [("verified_purchase", None), ("review_date", "VARCHAR")]
)
def test_other_schema(small: Reviews, tmp_path: Path, column: str, type: str | None):
    place = list(TYPES).index(column)
    if type:
        other = {"Books": small.rows["Books"]}
        types = TYPES | {column: type}
    else:
        other = {"Books": [(*row[:place], *row[place + 1 :]) for row in small.rows["Books"]]}
        types = {name: kept for name, kept in TYPES.items() if name != column}
    Reviews(tmp_path / "other", other, types).write()
    message = refused(tmp_path / "other", tmp_path / "out", ["Books"], *ALL)
    assert message.startswith("INPUT_LOCATION is ")
    assert f"column {column} " in message


def test_other_categories_are_not_read(small: Reviews, tmp_path: Path):
    for file in (small.folder / "product_category=Toys").iterdir():
        file.write_text("not Parquet")
    execution(small.folder, tmp_path / "out", ["Books"], *ALL).run()
    assert table(tmp_path / "out", "Books").fetchall() == oracle(small.folder, "Books", *ALL)


def test_reviews_are_read_once(small: Reviews, tmp_path: Path):
    expected = {c: oracle(small.folder, c, *ALL) for c in ("Books", "Toys")}
    run = execution(small.folder, tmp_path / "out", ["Books", "Toys"], *ALL).run(until="show")
    shutil.rmtree(small.folder)
    run.run()
    assert {c: table(tmp_path / "out", c).fetchall() for c in expected} == expected


def test_rerun_replaces(small: Reviews, tmp_path: Path):
    output = tmp_path / "out"
    execution(small.folder, output, ["Books", "Toys"], *ALL).run()
    before = {f: f.read_bytes() for f in output.rglob("*") if f.is_file() and "Toys" in str(f)}
    one = ("2016-02-29", "2016-02-29")
    execution(small.folder, output, ["Books"], *one).run()
    assert table(output, "Books").fetchall() == oracle(small.folder, "Books", *one)
    assert len(bars(drawing(output, "Books"))) == 1
    # What was not asked for stays.
    assert {file: file.read_bytes() for file in before} == before


def test_a_reader_finds_one_file_at_every_moment(small: Reviews, tmp_path: Path):
    output = tmp_path / "out"
    execution(small.folder, output, ["Books"], *ALL).run()
    folder = output / "best_sellers" / "Books"
    # As Spark names it, and an earlier notebook left it.
    (folder / "part-00000.parquet").rename(folder / "part-00000-9-c000.snappy.parquet")
    seen, ended = set(), threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.add(tuple(file.name for file in folder.glob("*.parquet")))

    reader = threading.Thread(target=look)
    reader.start()
    one = ("2016-02-29", "2016-02-29")
    execution(small.folder, output, ["Books"], *one).run()
    ended.set()
    reader.join()
    assert seen == {("part-00000-9-c000.snappy.parquet",)}
    assert table(output, "Books").fetchall() == oracle(small.folder, "Books", *one)
    # What was written aside is gone.
    assert list((output / "_aside").iterdir()) == []


def test_a_table_that_cannot_be_written_leaves_the_charts(small: Reviews, tmp_path: Path):
    output = tmp_path / "out"
    execution(small.folder, output, ["Books", "Toys"], *ALL).run()
    before = {file: file.read_bytes() for file in (output / "charts").glob("*.svg")}
    shutil.rmtree(output / "best_sellers")
    (output / "best_sellers").write_text("no folder can be made here")
    with pytest.raises(Exception, match="best_sellers"):
        execution(small.folder, output, ["Books", "Toys"], *ALL).run()
    assert {file: file.read_bytes() for file in (output / "charts").glob("*.svg")} == before


def test_chart(tmp_path: Path):
    reviews = random_reviews(tmp_path / "reviews", 1)
    execution(reviews.folder, tmp_path, ["Books"], *ALL).run()
    rows = table(tmp_path, "Books").fetchall()
    svg = drawing(tmp_path, "Books")
    assert svg.get("aria-label") == f"Best sellers of Books, {ALL[0]} to {ALL[1]}"
    # Nothing of a title became an element of its own.
    assert {e.tag.removeprefix(SVG) for e in svg.iter()} == {"svg", "rect", "text", "g", "title"}
    widths = [float(bar.get("width", 0)) for bar in bars(svg)]
    for (*_, stars, _), width in zip(rows, widths, strict=True):
        assert width == pytest.approx(widths[0] * stars / rows[0][3], abs=0.1)
    told = [title.text for title in svg.iter(f"{SVG}title")]
    for (_, _, title, stars, n), text in zip(rows, told, strict=True):
        kept = re.sub("[\x07\x1b\ufffe]", "\ufffd", " ".join((title or "").split()))
        assert text == f"{kept}: {stars} stars in {n} reviews"
    height = float(svg.get("height", 0))
    assert all(float(bar.get("y", 0)) + float(bar.get("height", 0)) < height for bar in bars(svg))


def test_titles_in_the_chart(spark, tmp_path: Path):
    """Each title that a chart could break at, in a product of its own."""
    rows = [
        (f"R{n}", f"B{n:02}", title, 5, "Y", "", date(2016, 2, 29))
        for n, title in enumerate(TITLES)
    ]
    source = Reviews(tmp_path / "in", {"Books": rows}).write().folder
    run = execution(source, tmp_path / "out", ["Books"], *ALL).run()
    assert table(tmp_path / "out", "Books").fetchall() == oracle(source, "Books", *ALL)
    assert len(bars(drawing(tmp_path / "out", "Books"))) == len(TITLES)
    # A product is a line of the text, whatever its title has in it.
    assert len([line for line in run.output.splitlines() if re.match(r" +\d+  B\d", line)]) == len(
        TITLES
    )
    assert "\x1b" not in run.output


def test_sparkmagic_is_told_to_end_at_errors(monkeypatch: pytest.MonkeyPatch):
    """The cell that runs in EMR's kernel itself; in any other kernel it does nothing."""
    from IPython.core.interactiveshell import InteractiveShell

    source = next(cell.source for cell in cells() if cell.id == "errors")
    shell = InteractiveShell.instance()
    assert shell.run_cell(source).success
    told = {}
    configuration = types.ModuleType("sparkmagic.utils.configuration")
    configuration.all_errors_are_fatal = lambda: False
    configuration.all_errors_are_fatal.__name__ = "all_errors_are_fatal"
    configuration.override = told.__setitem__
    utils = types.ModuleType("sparkmagic.utils")
    utils.configuration = configuration
    for module in (types.ModuleType("sparkmagic"), utils, configuration):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    magics = types.SimpleNamespace(fatal_error=True)
    monkeypatch.setitem(shell.magics_manager.registry, "KernelMagics", magics)
    assert shell.run_cell(source).success
    assert told == {"all_errors_are_fatal": True}
    assert magics.fatal_error is False


def papermilled(tmp_path: Path, reviews: Reviews, first: str) -> Path:
    executed = tmp_path / "executed.ipynb"
    parameters = execution(reviews.folder, tmp_path / "out", ["Books", "Toys"], first, ALL[1])
    papermill.execute_notebook(
        NOTEBOOK,
        executed,
        parameters.parameters,
        kernel_name="python3",
        progress_bar=False,
    )
    return executed


def test_papermill(small: Reviews, tmp_path: Path):
    notebook = nbformat.read(papermilled(tmp_path, small, ALL[0]), as_version=4)
    for category in ("Books", "Toys"):
        expected = oracle(small.folder, category, *ALL)
        assert table(tmp_path / "out", category).fetchall() == expected
    shown = next(cell for cell in notebook.cells if cell.id == "show").outputs
    assert [set(output.data) for output in shown] == [{"text/plain", "text/html"}] * 2
    for output, category in zip(shown, ("Books", "Toys"), strict=True):
        # The same chart as beside the results.
        written = (tmp_path / "out" / "charts" / f"{category}.svg").read_text()
        assert written in output.data["text/html"]
        assert f"{category}, {ALL[0]} to {ALL[1]}" in output.data["text/plain"]
    assert "<td>New title</td>" in shown[0].data["text/html"]


def test_papermill_fails(small: Reviews, tmp_path: Path):
    with pytest.raises(papermill.PapermillExecutionError, match="FROM_DATE is '2016-02-30': "):
        papermilled(tmp_path, small, "2016-02-30")
    assert not (tmp_path / "out").exists()
