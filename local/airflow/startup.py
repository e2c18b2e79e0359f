"""The environment's start-up script, whose exported variables Airflow is given."""

from __future__ import annotations

import logging
import shlex
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from commands import run

#: Seconds that it has; https://docs.aws.amazon.com/mwaa/latest/userguide/using-startup-script.html
TIMEOUT_SECONDS = 5 * 60

#: MWAA runs it in each of these, and tells it by the variable MWAA_AIRFLOW_COMPONENT.
COMPONENTS = ("scheduler", "webserver", "worker")

#: Variables of the shell itself.
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}

#: MWAA keeps its own value of this one, whatever the script says.
_PROTECTED = "PYTHONPATH"

#: How MWAA's image runs a script: in the shell that saves the variables, so that `return` and a
#: trap do what they do there, with `exit` as a name for saving them. What leaves the shell in
#: another way (`set -e`, `exec`) leaves none behind. Names begin with an underscore: the script's
#: own variables are the same shell's.
#: https://github.com/aws/amazon-mwaa-docker-images, bin/airflow-user of an image
_WRAPPER = """
_mwaa_leave() {{
    local status=${{1:-$?}}
    env -0 >{left} || status=$?
    unalias exit
    exit "$status"
}}
shopt -s expand_aliases
alias exit=_mwaa_leave
source {script}
_mwaa_leave
"""

log = logging.getLogger("airflow-runner")


class StartupError(Exception):
    """The script left no variables, or took too long; the message names its log."""


def of_component(component: str) -> dict[str, str]:
    """What MWAA tells a component, and a script that runs in it."""
    return {"MWAA_AIRFLOW_COMPONENT": component}


def variables_after(
    script: Path,
    component: str,
    overridable: Mapping[str, str],
    fixed: Mapping[str, str],
    output: Path,
    keep_going: Callable[[], bool],
) -> dict[str, str]:
    """Run the script as a component of MWAA does; returns the variables that Airflow is given.

    As in MWAA, the status of the script does not count, and a variable that it unsets is back
    afterwards.

    Args:
        script: The script, for bash.
        component: One of COMPONENTS.
        overridable: Variables that the script may change, such as PATH.
        fixed: Variables that MWAA sets: the script sees them and cannot change them.
        output: File that its output is added to.
        keep_going: Asked again and again; once it says no, the script is killed.

    Raises:
        Interrupted: when `keep_going` said no.
        StartupError: no end in time, or no variables left; MWAA starts no Airflow then either.
    """
    fixed = {**fixed, **of_component(component)}
    with tempfile.TemporaryDirectory() as folder:
        left = Path(folder) / "variables"
        source = _WRAPPER.format(script=shlex.quote(str(script)), left=shlex.quote(str(left)))
        command = ["bash", "-c", source, "startup"]
        status = run(command, {**overridable, **fixed}, TIMEOUT_SECONDS, keep_going, output)
        # What is not UTF-8 becomes a replacement character, as by MWAA's way through JSON.
        text = left.read_bytes().decode(errors="replace") if left.exists() else ""
    if status is None:
        raise StartupError(
            f"The start-up script did not end within {TIMEOUT_SECONDS // 60} minutes as "
            f"{component}: {output}"
        )
    if not text:
        raise StartupError(
            f"The start-up script, run as {component}, ended with status {status} before its "
            "variables could be saved, and MWAA starts no Airflow then: it must not end its shell "
            "by `set -e`, `exec` or `builtin exit`, nor take the system's commands out of PATH. "
            f"Its output: {output}"
        )
    if status != 0:
        log.warning(
            "the start-up script, run as %s, ended with status %s, which MWAA does not mind: %s",
            component,
            status,
            output,
        )
    pairs = (entry.partition("=") for entry in text.split("\0") if entry)
    after = {name: value for name, _, value in pairs if name not in _OF_THE_SHELL}
    if after.get(_PROTECTED) != overridable.get(_PROTECTED):
        log.warning("the start-up script sets %s, which MWAA does not take over", _PROTECTED)
        after.pop(_PROTECTED, None)
    return {**overridable, **after, **fixed}
