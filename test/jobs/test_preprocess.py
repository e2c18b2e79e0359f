from __future__ import annotations

import importlib
import json
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import movielens
import movielens_csv
import pytest
from movielens import BROKEN, HEADERS, Sample, expected, in_order, line_of, parquet, sample, write

TABLES = ["movies", "ratings", "tags"]
GOOD = {"movies": '1,"Clouds, The (1995)",Drama', "ratings": "1,2,3.5,4", "tags": "1,2,funny,4"}


class Step:
    """The step of one table, with folders of its own."""

    def __init__(self, spark: Any, table: str, folder: Path) -> None:
        self.spark, self.table, self.folder = spark, table, folder
        self.raw, self.output, self.rejected = (
            folder / name for name in ("raw", "output", "rejected")
        )
        self.module = importlib.import_module(f"preprocess_{table}")

    def run(self) -> dict[str, int]:
        folders = (str(folder) for folder in (self.raw, self.output, self.rejected))
        return movielens_csv.preprocess(self.spark, self.module.read, *folders)

    def rows(self) -> list[tuple[object, ...]]:
        return in_order(parquet(self.output).fetchall())

    def aside(self) -> list[dict[str, str]]:
        return [
            json.loads(line)
            for file in self.rejected.glob("*.json")
            for line in file.read_text().splitlines()
        ]


@pytest.fixture(params=TABLES)
def step(request: pytest.FixtureRequest, spark: Any, tmp_path: Path) -> Step:
    return Step(spark, request.param, tmp_path)


def doubles(lines: Sample) -> int:
    """How many good lines have a movieId that another line, which is kept, has as well."""
    if lines.table != "movies":
        return 0
    ids = [line.partition(",")[0] for line in lines.good]
    return len(ids) - len(set(ids))


@pytest.mark.parametrize("seed", range(4))
def test_every_good_line_is_a_row_and_every_other_is_set_aside(step: Step, seed: int) -> None:
    lines = sample(step.table, seed)
    write(step.raw, step.table, lines.mixed(), end=["\n", "\r\n"][seed % 2])
    counts = step.run()

    clean = write(step.folder / "clean", step.table, lines.good)
    assert step.rows() == expected(step.table, clean)
    columns = dict(zip(parquet(step.output).columns, parquet(step.output).types, strict=True))
    assert {name: str(type_) for name, type_ in columns.items()} == movielens.TYPES[step.table]
    aside = step.aside()
    second = [a for a in aside if "comes first" in a["reason"]]
    assert len(second) == doubles(lines)
    assert sum((Counter([a["line"]]) for a in second), Counter()) <= Counter(lines.good)
    assert Counter(a["reason"].split()[0] for a in aside if a not in second) == Counter(
        {"missing": "a", "not closed": "a", "not from": "rating"}.get(BROKEN[step.table][b], "not")
        for b in lines.broken
    )
    assert counts == {
        "good": len(lines.good) - doubles(lines),
        "rejected": len(lines.broken) + doubles(lines),
    }
    assert (step.output / "_SUCCESS").exists()


@pytest.mark.parametrize("table", TABLES)
def test_each_broken_line_is_kept_with_its_reason(spark: Any, tmp_path: Path, table: str) -> None:
    step = Step(spark, table, tmp_path)
    write(step.raw, table, [GOOD[table], *BROKEN[table]])
    assert step.run() == {"good": 1, "rejected": len(BROKEN[table])}
    aside = step.aside()
    for line, reason in BROKEN[table].items():
        # A byte that is not UTF-8 cannot be kept, and a number is written as Spark writes it.
        shown = line.encode(errors="surrogateescape").decode(errors="replace")
        found = [a["reason"] for a in aside if same(a["line"], shown)]
        assert len(found) == 1 and reason in found[0], (line, aside)


def same(line: str, other: str) -> bool:
    def fields(text: str) -> list[str]:
        return [number(field) for field in text.split(",")]

    def number(text: str) -> str:
        return str(float(text)) if text.lstrip("-").replace(".", "", 1).isdigit() else text

    return line == other or fields(line) == fields(other.replace("Inf", "Infinity"))


def test_files_of_one_folder_are_one_table(step: Step) -> None:
    lines = sample(step.table, 11)
    half = len(lines.good) // 2
    write(step.raw, step.table, lines.good[:half], part="-1")
    write(step.raw, step.table, lines.good[half:], part="-2")
    step.run()
    assert step.rows() == expected(step.table, step.raw)


def test_a_rerun_replaces_all_that_was_there(step: Step) -> None:
    write(step.raw, step.table, [*sample(step.table, 1).good, *BROKEN[step.table]])
    first = step.run()
    assert step.run() == first
    lines = sample(step.table, 2)
    good = list({line.partition(",")[0]: line for line in lines.good}.values())
    write(step.raw, step.table, good)
    assert step.run() == {"good": len(good), "rejected": 0}
    assert step.rows() == expected(step.table, step.raw)
    assert step.aside() == []


def test_what_a_killed_step_left_is_replaced(step: Step) -> None:
    step.output.mkdir()
    (step.output / "part-00000-half.snappy.parquet").write_bytes(b"PAR1 and no more")
    write(step.raw, step.table, [GOOD[step.table]])
    step.run()
    assert step.rows() == expected(step.table, step.raw)


def kept(step: Step) -> None:
    """Leaves the result of an earlier run, for `still_there` to find."""
    write(step.raw, step.table, [GOOD[step.table]])
    step.run()
    for file in step.raw.iterdir():
        file.unlink()


def still_there(step: Step) -> bool:
    return (step.output / "_SUCCESS").exists() and len(step.rows()) == 1


def test_an_input_that_is_not_there_is_named(step: Step) -> None:
    with pytest.raises(SystemExit, match=r"^The input .*/raw is not there\.$"):
        step.run()
    assert not step.output.exists()


@pytest.mark.parametrize("what", ["empty folder", "empty file", "header alone", "broken lines"])
def test_an_input_without_a_good_line_is_refused_and_nothing_touched(step: Step, what: str) -> None:
    kept(step)
    if what == "empty file":
        (step.raw / "a.csv").write_text("")
    elif what != "empty folder":
        write(step.raw, step.table, list(BROKEN[step.table]) if what == "broken lines" else [])
    with pytest.raises(SystemExit, match=r"^There is no good line in .*/raw\.$"):
        step.run()
    assert still_there(step)


@pytest.mark.parametrize("change", ["order", "fewer", "more", "none"])
def test_another_header_is_refused_and_nothing_touched(step: Step, change: str) -> None:
    kept(step)
    names = HEADERS[step.table].split(",")
    header = {
        "order": [*names[1:], names[0]],
        "fewer": names[:-1],
        "more": [*names, "other"],
        "none": GOOD[step.table].split(","),
    }[change]
    (step.raw / "a.csv").write_text("\n".join([",".join(header), GOOD[step.table]]))
    with pytest.raises(
        SystemExit, match=rf"^The header of .*/raw/a\.csv is not {HEADERS[step.table]}\.$"
    ):
        step.run()
    assert still_there(step)


@pytest.mark.usefixtures("file_by_file")
def test_another_header_in_a_later_file_leaves_no_finished_output(step: Step) -> None:
    # The first look for a good line reads one task's part, the largest.
    write(step.raw, step.table, [GOOD[step.table]] * 100, part="-1")
    step.run()
    (step.raw / "b.csv").write_text("other\n1\n")
    with pytest.raises(SystemExit, match=r"The header of .*/b\.csv is not"):
        step.run()
    finished = (step.output / "_SUCCESS").exists()
    assert finished == (step.table == "movies"), "the first look at movies is one at all of them"


def test_of_one_movie_the_first_by_title_then_genres_is_kept(spark: Any, tmp_path: Path) -> None:
    step = Step(spark, "movies", tmp_path)
    rows = [(1, "B", "x"), (1, "A", "z"), (1, "A", "y"), (1, "A", "y"), (2, "é", ""), (2, "z", "")]
    write(step.raw, "movies", [line_of(row) for row in rows])
    assert step.run() == {"good": 2, "rejected": 4}
    assert step.rows() == [(1, "A", "y"), (2, "z", None)]
    assert sorted(a["line"] for a in step.aside()) == ["1,A,y", "1,A,z", "1,B,x", "2,é,"]


@pytest.mark.usefixtures("file_by_file")
@pytest.mark.parametrize("table", ["ratings", "tags"])
@pytest.mark.parametrize(("broken", "passes"), [(False, 1), (True, 2)])
def test_the_input_is_read_once_and_again_only_for_what_is_set_aside(
    spark: Any, tmp_path: Path, stages: Any, table: str, broken: bool, passes: int
) -> None:
    step = Step(spark, table, tmp_path)
    files = 5
    for n in range(files):
        lines = [*sample(table, n).good, *(BROKEN[table] if broken else [])]
        write(step.raw, table, lines, part=f"-{n}")
    assert stages(step.run).count(files) == passes


@pytest.mark.parametrize("table", TABLES)
def test_a_script_is_of_its_own_table(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    called: list[tuple[object, ...]] = []
    monkeypatch.setattr(movielens_csv, "main", lambda *given: called.append(given))
    script = runpy.run_module(f"preprocess_{table}", run_name="__main__")
    assert called == [(table, script["read"])]


# One alone, since each process starts Spark: what a script has of its own is called above.
def test_as_a_process_it_prints_its_counts_in_one_line(submit: Any, tmp_path: Path) -> None:
    table = "tags"
    write(tmp_path / "raw", table, [GOOD[table], *BROKEN[table]])
    done = submit(
        f"emr/preprocess_{table}.py",
        *("--input", f"{tmp_path}/raw/"),
        *("--output", f"{tmp_path}/output/"),
        *("--rejected", f"{tmp_path}/rejected/"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"table": table, "good": 1, "rejected": len(BROKEN[table])}


def test_as_a_process_it_ends_with_the_reason_and_a_status(submit: Any, tmp_path: Path) -> None:
    done = submit(
        "emr/preprocess_tags.py",
        *("--input", tmp_path / "raw", "--output", tmp_path / "o", "--rejected", tmp_path / "r"),
    )
    assert done.returncode == 1
    assert f"The input {tmp_path}/raw is not there." in done.stderr.splitlines()
    assert done.stdout == ""
