"""The environment's requirements.txt, installed over the locked Airflow as MWAA does: with pip."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

#: Seconds that pip has; https://docs.aws.amazon.com/mwaa/latest/userguide/best-practices-dependencies.html
TIMEOUT_SECONDS = 9 * 60

#: Lines of pip's output that an error shows.
_LINES = 6


class InstallError(Exception):
    """The requirements cannot be installed; the message is pip's own."""


def python_for(requirements: Path | None, home: Path) -> str:
    """The Python that has everything the requirements ask for.

    Where the locked packages satisfy all of them it is our own, and nothing is fetched. Else it is
    that of a virtual environment on top, one for each version of the file.

    Args:
        requirements: The file, in a folder named after its version; None where there is none.
        home: Home of the runner.

    Raises:
        InstallError: with the end of pip's output.
    """
    if requirements is None or all(map(is_satisfied, lines_of(requirements))):
        return sys.executable
    folder = home / "packages" / requirements.parent.name
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    if stamp.exists():
        return str(python)
    venv.create(folder, clear=True, symlinks=True)
    inside = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    locked = sysconfig.get_path("purelib")
    (inside / "locked.pth").write_text(f"{locked}\n")
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    try:
        ended = subprocess.run(  # noqa: S603 -- our own Python
            [*command, "--requirement", str(requirements)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise InstallError(
            f"{requirements.name}: pip did not end within {TIMEOUT_SECONDS // 60} minutes"
        ) from error
    if ended.returncode != 0:
        tail = "\n".join(ended.stdout.strip().splitlines()[-_LINES:])
        raise InstallError(f"{requirements.name} cannot be installed:\n{tail}")
    stamp.touch()
    return str(python)


def lines_of(requirements: Path) -> list[str]:
    """What the file asks for: one text a line, without comments and constraints.

    Constraints bound what is installed and ask for nothing themselves.
    """
    lines = requirements.read_text().replace("\\\n", " ").splitlines()
    stripped = (line.split(" #")[0].strip() for line in lines)
    return [
        line
        for line in stripped
        if line and not line.startswith(("#", "--constraint", "-c ", "-c="))
    ]


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
