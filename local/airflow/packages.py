"""The environment's requirements.txt, installed over the locked Airflow as MWAA does: with pip."""

from __future__ import annotations

import os
import sys
import sysconfig
import venv
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from commands import run

#: Seconds that pip has; https://docs.aws.amazon.com/mwaa/latest/userguide/best-practices-dependencies.html
TIMEOUT_SECONDS = 9 * 60

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
    that of a virtual environment on top, one for each content of the file.

    Args:
        requirements: The file; None where there is none.
        home: Home of the runner.
        variables: Those of Airflow's processes: a file may name an index by one.
        log: File that pip's output is added to.
        keep_going: Asked again and again; once it says no, pip is killed.

    Raises:
        InstallError: with the end of pip's output.
        Interrupted: when `keep_going` said no.
    """
    if requirements is None or all(map(is_satisfied, lines_of(requirements))):
        return sys.executable
    folder = home / "packages" / sha256(requirements.read_bytes()).hexdigest()[:16]
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
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    before = log.stat().st_size if log.exists() else 0
    status = run(
        [*command, "--requirement", str(requirements)],
        {**_surroundings(), **variables},
        TIMEOUT_SECONDS,
        keep_going,
        log,
    )
    if status is None:
        raise InstallError(
            f"{requirements.name}: pip did not end within {TIMEOUT_SECONDS // 60} minutes: {log}"
        )
    if status != 0:
        said = log.read_bytes()[before:].decode(errors="replace")
        tail = "\n".join(said.strip().splitlines()[-_LINES:])
        raise InstallError(f"{requirements.name} cannot be installed:\n{tail}")
    stamp.write_text(under)
    return str(python)


def _digest_of_locked() -> str:
    packages = sorted(f"{found.name}=={found.version}" for found in metadata.distributions())
    return sha256("\n".join(packages).encode()).hexdigest()


def _surroundings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or name.upper() in _OF_THE_NETWORK
    }


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
