"""The environment's requirements.txt, installed over the locked Airflow as MWAA does: with pip."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import urllib.request
import venv
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from commands import run
from requirements_file import (
    decode,
    digest,
    is_constrained,
    lines_of,
    with_paths_of,
    with_paths_of_mwaa,
)
from status import write

#: Seconds that pip has; https://docs.aws.amazon.com/mwaa/latest/userguide/best-practices-dependencies.html
TIMEOUT_SECONDS = 9 * 60

#: Folders of the versions of Airflow, each with its lock and its constraints.
VERSIONS = Path(__file__).with_name("versions")

#: What MWAA holds every installation to, in the version that is installed here.
CONSTRAINTS = VERSIONS / metadata.version("apache-airflow") / "constraints.txt"

#: Constraints that Airflow publishes, for MWAA's Python.
PUBLISHED = (
    "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-3.12.txt"
)

#: Lines of pip's output that an error shows.
_LINES = 6

#: What leads pip to an index other than its own, beside variables that begin with PIP_.
_OF_THE_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


class InstallError(Exception):
    """The requirements cannot be installed; the message is pip's own."""


def python_for(
    requirements: Path | None,
    home: Path,
    variables: Mapping[str, str],
    log: Path,
    keep_going: Callable[[], bool],
) -> str:
    """The Python that has everything the requirements ask for.

    Where the locked packages satisfy all of them it is our own, and nothing is fetched. Else it is
    that of a virtual environment on top, one for each content of the file and of what it names.

    Args:
        requirements: The file; None where there is none.
        home: Home of the runner.
        variables: Those of Airflow's processes: a file may name an index by one.
        log: File that pip's output is added to.
        keep_going: Asked again and again; once it says no, pip is killed.

    Raises:
        InstallError: where MWAA could not install them; else with the end of pip's output.
        Interrupted: when `keep_going` said no.
    """
    if requirements is None:
        return sys.executable
    try:
        text = decode(requirements.read_bytes())
    except ValueError as error:
        raise InstallError(
            f"{requirements.name} is neither UTF-8 nor begins with a byte order mark: {error}"
        ) from error
    lines = lines_of(text)
    _refuse_other_versions(requirements.name, lines)
    if all(map(is_satisfied, lines)):
        return sys.executable
    folder = home / "packages" / digest(home, text)[:16]
    python = folder / "bin" / "python"
    locked = sysconfig.get_path("purelib")
    # What it was made on top of: it is made again when the locked packages changed, or moved.
    under = f"{locked} {_digest_of_locked()}"
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == under:
        return str(python)
    venv.create(folder, clear=True, symlinks=True)
    inside = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (inside / "locked.pth").write_text(f"{locked}\n")
    constraints = [CONSTRAINTS]
    if not is_constrained(text):
        constraints.append(_own_constraints(home, log))
    # Beside the file, which may name others by a path that begins there.
    here = requirements.with_name(f"here-{requirements.name}")
    here.write_text(with_paths_of(home, _suited(text, home, log)))
    _install(python, here, constraints, variables, log, keep_going, home)
    stamp.write_text(under)
    return str(python)


def _install(
    python: Path,
    requirements: Path,
    constraints: Sequence[Path],
    variables: Mapping[str, str],
    log: Path,
    keep_going: Callable[[], bool],
    home: Path,
) -> None:
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    for file in constraints:
        command += ["--constraint", str(file)]
    before = log.stat().st_size if log.exists() else 0
    status = run(
        [*command, "--requirement", str(requirements)],
        {**_surroundings(), **variables},
        TIMEOUT_SECONDS,
        keep_going,
        log,
    )
    name = requirements.name.removeprefix("here-")
    if status is None:
        raise InstallError(f"{name}: pip did not end within {TIMEOUT_SECONDS // 60} minutes: {log}")
    if status != 0:
        said = log.read_bytes()[before:].decode(errors="replace")
        cause = with_paths_of_mwaa(home, _cause(said))
        raise InstallError(f"{name} cannot be installed:\n{cause}")


def _suited(text: str, home: Path, log: Path) -> str:
    """The text for this Python and machine: wheels that are for MWAA's alone come from an index."""
    foreign = [file.name for file in sorted((home / "plugins").glob("*.whl")) if _is_foreign(file)]
    offline = re.compile(r"^\s*--no-index\s*$", re.MULTILINE)
    if not foreign or not offline.search(text):
        return text
    with log.open("a") as said:
        said.write(
            "taking from the index, at the same versions, what plugins.zip has for another Python "
            f"or machine: {', '.join(foreign)}\n"
        )
    return offline.sub("", text)


def _is_foreign(wheel: Path) -> bool:
    try:
        *_, tags = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename:
        # pip says what it thinks of it.
        return False
    return tags.isdisjoint(sys_tags())


def _cause(said: str) -> str:
    """The end of what pip said, without its advice on conflicts."""
    told = re.sub(r"^To fix this you could try to:(\n\d\..*)*$", "", said, flags=re.MULTILINE)
    lines = [line for line in told.splitlines() if line and "ResolutionImpossible" not in line]
    return "\n".join(lines[-_LINES:])


def _refuse_other_versions(name: str, lines: Sequence[str]) -> None:
    """Refuse another version of what MWAA keeps, which pip would look for in vain.

    Raises:
        InstallError: naming the line, and what MWAA keeps.
    """
    kept = (Requirement(line) for line in lines_of(CONSTRAINTS.read_text()))
    versions = {canonicalize_name(one.name): next(iter(one.specifier)).version for one in kept}
    for line in lines:
        try:
            wanted = Requirement(line.split(" --")[0])
        except InvalidRequirement:
            continue
        version = versions.get(canonicalize_name(wanted.name))
        applies = wanted.marker is None or wanted.marker.evaluate()
        if version and applies and not wanted.specifier.contains(version, prereleases=True):
            raise InstallError(
                f"{name} asks for {line}, but MWAA keeps {wanted.name} {version} in every "
                "installation. Take the line out, or name that version."
            )


def _own_constraints(home: Path, log: Path) -> Path:
    """MWAA's constraints for a file without any: those that Airflow publishes for the version.

    Where they cannot be fetched the versions of the locked packages stand for them, which are
    among them.
    """
    version = metadata.version("apache-airflow")
    kept = home / "packages" / f"constraints-{version}.txt"
    if not kept.exists():
        try:
            with urllib.request.urlopen(PUBLISHED.format(version=version), timeout=10) as answer:  # noqa: S310
                write(kept, answer.read().decode())
        except (OSError, ValueError) as error:
            with log.open("a") as said:
                said.write(
                    "requirements.txt has no constraints, and Airflow's cannot be fetched "
                    f"({error}): taking the versions that are installed here\n"
                )
            kept = kept.with_name("constraints-installed.txt")
            write(kept, "\n".join(name for name in _locked() if not name.startswith("pip==")))
    return kept


def _digest_of_locked() -> str:
    return sha256("\n".join(sorted(_locked())).encode()).hexdigest()


def _locked() -> set[str]:
    return {f"{found.name}=={found.version}" for found in metadata.distributions()}


def _surroundings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or name.upper() in _OF_THE_NETWORK
    }


def is_satisfied(line: str) -> bool:
    """Whether the locked packages have what a line asks for; False where only pip can tell."""
    try:
        wanted = Requirement(line)
    except InvalidRequirement:
        return False
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    if wanted.url is not None:
        return False
    try:
        found = metadata.distribution(wanted.name)
    except metadata.PackageNotFoundError:
        return False
    return wanted.specifier.contains(found.version, prereleases=True) and all(
        is_satisfied(needed) for extra in wanted.extras for needed in _of_extra(found, extra)
    )


def _of_extra(found: metadata.Distribution, extra: str) -> list[str]:
    needed = []
    for text in found.requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": ""}):
            continue
        if marker.evaluate({"extra": canonicalize_name(extra)}):
            requirement.marker = None
            needed.append(str(requirement))
    return needed
