"""The environment's start-up script, whose exported variables Airflow is given."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

#: Seconds that it has; https://docs.aws.amazon.com/mwaa/latest/userguide/using-startup-script.html
TIMEOUT_SECONDS = 5 * 60

#: Variables of the shell itself.
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}


class StartupError(Exception):
    """The script failed, or took too long; the message has the end of its output."""


def variables_after(script: Path, variables: Mapping[str, str], log: Path) -> dict[str, str]:
    """Run the script as a worker of MWAA does; returns the variables as it leaves them.

    Args:
        script: The script, for bash.
        variables: Variables that it is run with.
        log: File that its output is added to.

    Raises:
        StartupError: for a status other than 0, or no end in time.
    """
    ran = {**variables, "MWAA_AIRFLOW_COMPONENT": "worker"}
    # The script's output goes to the log, the variables to ours.
    source = 'exec 3>&1 1>>"$2" 2>&1; set -e; source "$1"; set +e; env --null >&3'
    try:
        ended = subprocess.run(  # noqa: S603
            ["bash", "-c", source, "startup", str(script), str(log)],  # noqa: S607 -- the user's bash
            env=ran,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise StartupError(
            f"The start-up script did not end within {TIMEOUT_SECONDS // 60} minutes: {log}"
        ) from error
    if ended.returncode != 0:
        raise StartupError(f"The start-up script ended with status {ended.returncode}: {log}")
    pairs = (entry.partition("=") for entry in ended.stdout.decode().split("\0") if entry)
    return {name: value for name, _, value in pairs if name not in _OF_THE_SHELL}
