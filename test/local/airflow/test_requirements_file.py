"""A requirements.txt is read as pip and MWAA read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from requirements_file import decode, digest, is_constrained, lines_of, with_paths_of


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-be"]
)
def test_the_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("-be") else ""
    assert (
        decode(f"{mark}pandas  # café\r\n".encode(encoding)).lstrip("\ufeff").startswith("pandas")
    )


def test_other_bytes_are_no_text() -> None:
    with pytest.raises(ValueError):
        decode(b"caf\xe9")


def test_lines_ask_for_packages_and_files() -> None:
    text = (
        "# a comment \\\n"
        '--constraint "somewhere/constraints.txt"\n'
        "-chttps://example.invalid/constraints.txt\n"
        "--constraint \\\n  elsewhere\n"
        "--no-index\n--find-links wheels\n-f wheels\n--pre\n"
        "\n"
        "one==1.0  # why\r\n"
        "\ttwo[extra]>=2 ; python_version > '3'\n"
        "three \\\n  ==3.0\n"
        "four @ file:///four#sha256=1\n"
        "-r more.txt\n"
        "last \\"
    )
    assert lines_of(text) == [
        "one==1.0",
        "two[extra]>=2 ; python_version > '3'",
        "three   ==3.0",
        "four @ file:///four#sha256=1",
        "-r more.txt",
        "last",
    ]


@pytest.mark.parametrize(
    ("text", "constrained"),
    [
        ("-c here", True),
        ("one\n--constraint here", True),
        # It is looked for in comments too, and in two spellings only.
        ("# no -c please", True),
        ("-chere", False),
        ("--constraint=here", False),
        ("one==1", False),
    ],
)
def test_mwaa_looks_for_constraints_in_its_own_way(text: str, constrained: bool) -> None:
    assert is_constrained(text) is constrained


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-r /usr/local/airflow/dags/more.txt", "-r /h/dags/more.txt"),
        ("--find-links=/usr/local/airflow/plugins", "--find-links=/h/plugins"),
        ('-c"/usr/local/airflow/plugins/c.txt"', '-c"/h/plugins/c.txt"'),
        ("a @ file:///usr/local/airflow/plugins/a.whl", "a @ file:///h/plugins/a.whl"),
        ("/usr/local/airflow/pluginsold", "/usr/local/airflow/pluginsold"),
        ("/mnt/usr/local/airflow/dags", "/mnt/usr/local/airflow/dags"),
        ("/usr/local/airflow/logs", "/usr/local/airflow/logs"),
    ],
)
def test_paths_of_mwaa_are_those_of_the_home(text: str, found: str) -> None:
    assert with_paths_of(Path("/h"), text) == found


def test_the_digest_is_of_what_the_text_names(tmp_path: Path) -> None:
    text = "-f /usr/local/airflow/plugins\n-c '/usr/local/airflow/dags/c.txt'\n"
    for name in ("plugins", "dags"):
        (tmp_path / name).mkdir()
    seen = [digest(tmp_path, text)]
    for name in ("dags/c.txt", "plugins/a.whl"):
        (tmp_path / name).write_text("1")
        seen.append(digest(tmp_path, text))
    assert len(set(seen)) == 3
    (tmp_path / "dags" / "a_dag.py").write_text("1")
    assert digest(tmp_path, text) == seen[-1]
    assert digest(tmp_path, text + "one") != seen[-1]
