"""Requirements as MWAA resolves them for another version: against its constraints, by wheels."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from finding import ERROR, Finding, line_of
from packages import CONSTRAINTS, VERSIONS, is_satisfied
from rehearsal import Rehearsal, version
from requirements_file import decode, is_constrained, lines_of, with_paths_of, with_paths_of_mwaa

#: Python and system of MWAA's images: Amazon Linux 2023, whose C library is 2.34.
#: https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html
PYTHON = "3.12"
_PLATFORM = "x86_64-manylinux_2_34"

#: Constraints that Airflow publishes for a version, as a file names them.
_PUBLISHED = re.compile(r"constraints-\d+\.\d+\.\d+/constraints-\d+\.\d+")

#: Packages whose pins an upgrade writes anew.
_OF_AIRFLOW = ("apache-airflow", "apache-airflow-providers-amazon")

_CONSTRAINT = re.compile(r"^\s*(?:-c|--constraint)[ =]?\s*(?P<file>.*)$")
#: Where packages are looked for. Not `--no-index`: wheels that plugins.zip has are of the version
#: that is left, and those of the new one come from an index.
_INDEX = re.compile(r"-i\b|-f\b|--(index-url|extra-index-url|find-links|trusted-host)\b")

#: How uv says that a package has no wheel that fits.
_NO_WHEEL = re.compile(r"no wheels? |no usable wheels|[Ww]heels are required|only-binary|no-build")

#: Of uv's drawings.
_DRAWN = re.compile(r"[×╰─▶│├]+")

_SIDE_BY_SIDE = 4


def requirements(rehearsal: Rehearsal) -> list[Finding]:
    """Each line that MWAA could not install with the new version; the file keeps the others.

    Raises:
        RuntimeError: where the packages' index cannot be asked.
    """
    file = rehearsal.home / "requirements.txt"
    if not file.exists():
        return []
    text = upgraded(decode(file.read_bytes()), rehearsal.origin)
    # For runs, which have the whole of it.
    file.with_name("upgraded.txt").write_text(text)
    options = [row.strip() for row in text.splitlines() if _INDEX.match(row.strip())]
    constraints = _constraints(rehearsal.home, text)
    asked = [line for line in lines_of(text) if not is_satisfied(line)]

    def judged(lines: list[str]) -> str | None:
        return _refused(rehearsal, [*options, *lines], constraints)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as several:
        refusals = dict(zip(asked, several.map(lambda line: judged([line]), asked), strict=True))
    found = [_finding(file, line, said) for line, said in refusals.items() if said is not None]
    kept = [line for line in asked if refusals[line] is None]
    together = judged(kept) if len(kept) > 1 else None
    if together is not None:
        message = (
            f"The requirements do not go together with Airflow {version()}: {together} Change one "
            "of the lines that it names."
        )
        found.append(Finding(file.name, None, "requirements", ERROR, message))
        kept = []
    named = [f"--constraint {one}" for one in constraints]
    # A file that wants no constraints says so in a comment.
    file.write_text("\n".join([*(named or ["# -c none"]), *options, *kept, ""]))
    return found


def upgraded(text: str, origin: str) -> str:
    """A file as an upgrade writes it: with the constraints and the pins of the new version."""
    text = _PUBLISHED.sub(f"constraints-{version()}/constraints-{PYTHON}", text)
    old, new = (_pins(name) for name in (origin, version()))
    for name in _OF_AIRFLOW:
        if name in old:
            pin = rf"^({re.escape(name)}(?:\[[^\]]*\])?\s*==\s*){re.escape(old[name])}(?=\s|;|$)"
            text = re.sub(pin, rf"\g<1>{new[name]}", text, flags=re.MULTILINE)
    return text


def _pins(of_version: str) -> dict[str, str]:
    """What a version that the laptop has pins of Airflow; nothing for another version."""
    file = VERSIONS / of_version / "requirements.in"
    rows = file.read_text().splitlines() if file.exists() else []
    return dict(row.split("==") for row in rows if "==" in row)


def _constraints(home: Path, text: str) -> list[Path | str]:
    """Constraints that MWAA takes for a file: its own, or Airflow's where it names none."""
    published = VERSIONS / version() / "published.txt"
    if not is_constrained(text):
        return [published]
    named = [found["file"] for row in text.splitlines() if (found := _CONSTRAINT.match(row))]
    return [
        published if _PUBLISHED.search(one) else with_paths_of(home, one.strip("\"' "))
        for one in named
    ]


def _refused(rehearsal: Rehearsal, lines: list[str], constraints: list[Path | str]) -> str | None:
    """Why lines cannot be resolved, in uv's words; None where they can."""
    command = [rehearsal.uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate"]
    command += ["--python", sys.executable, "--python-version", PYTHON]
    command += ["--python-platform", _PLATFORM, "--only-binary", ":all:"]
    for file in [*constraints, CONSTRAINTS]:
        command += ["--constraints", str(file)]
    image = [f"{name}=={pin}" for name, pin in _pins(version()).items()]
    done = subprocess.run(  # noqa: S603 -- the laptop's own uv
        command,
        input="\n".join([*image, *(with_paths_of(rehearsal.home, line) for line in lines)]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    said = " ".join(_DRAWN.sub("", done.stderr).split())
    if re.search(r"error: (Failed to fetch|Request failed|error sending request)", said):
        raise RuntimeError(f"The requirements cannot be resolved: {said}")
    return with_paths_of_mwaa(rehearsal.home, said)


def _finding(file: Path, line: str, said: str) -> Finding:
    number = line_of(file, line.split("==")[0].strip())
    if _NO_WHEEL.search(said):
        return Finding(
            file.name,
            number,
            "no-wheel",
            ERROR,
            f"{line} has no wheel for MWAA's Python {PYTHON} on x86_64: {said} Name a version that "
            "has one, or build its wheel into pluginsFolder.",
        )
    return Finding(
        file.name,
        number,
        "requirements",
        ERROR,
        f"{line} does not go with the constraints of Airflow {version()}: {said} Name a version "
        "that does, or take the line out.",
    )
