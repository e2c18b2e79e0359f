"""The environment's start-up script, whose exported variables Airflow is given."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from commands import run

#: Seconds that it has; https://docs.aws.amazon.com/mwaa/latest/userguide/using-startup-script.html
TIMEOUT_SECONDS = 5 * 60

#: Variables of the shell itself.
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}


class StartupError(Exception):
    """The script failed, or took too long; the message names its log."""


def variables_after(
    script: Path,
    variables: Mapping[str, str],
    fixed: Mapping[str, str],
    log: Path,
    keep_going: Callable[[], bool],
) -> dict[str, str]:
    """Run the script as a worker of MWAA does; returns the variables as it leaves them.

    Args:
        script: The script, for bash.
        variables: Variables of the surroundings, which the script may change, such as PATH.
        fixed: Variables that MWAA sets: the script sees them and cannot change them.
        log: File that its output is added to.
        keep_going: Asked again and again; once it says no, the script is killed.

    Raises:
        Interrupted: when `keep_going` said no.
        StartupError: for a status other than 0, or no end in time.
    """
    ran = {**variables, **fixed, "MWAA_AIRFLOW_COMPONENT": "worker"}
    with tempfile.NamedTemporaryFile() as left:
        source = 'set -e; source "$1"; set +e; env --null >"$2"'
        command = ["bash", "-c", source, "startup", str(script), left.name]
        status = run(command, ran, TIMEOUT_SECONDS, keep_going, log)
        entries = left.read().decode().split("\0")
    if status is None:
        raise StartupError(
            f"The start-up script did not end within {TIMEOUT_SECONDS // 60} minutes: {log}"
        )
    if status != 0:
        raise StartupError(f"The start-up script ended with status {status}: {log}")
    pairs = (entry.partition("=") for entry in entries if entry)
    after = {name: value for name, _, value in pairs if name not in _OF_THE_SHELL}
    return {**after, **fixed}
