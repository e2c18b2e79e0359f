"""Configuration options that another version of Airflow has not, or has under another name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from finding import ERROR, WARNING, Finding, line_of
from rehearsal import Rehearsal, version


def options(rehearsal: Rehearsal) -> list[Finding]:
    """Options that are gone or renamed, as `airflow config lint` knows them, or that nobody knows.

    A section that Airflow has not is somebody's own, and is left alone.
    """
    # Later: it takes seconds.
    from airflow.cli.commands.config_command import CONFIGS_CHANGES
    from airflow.configuration import conf

    changes = {(one.config.section, one.config.option): one for one in CONFIGS_CHANGES}
    known = conf.configuration_description
    found = []
    for name, value in rehearsal.options.items():
        section, _, option = name.rpartition(".")
        change = changes.get((section, option))
        if change is not None and change.renamed_to is not None:
            to = f"{change.renamed_to.section}.{change.renamed_to.option}"
            message = f"The option {name} is {to} in Airflow {version()}. Rename it."
            read_still = (change.renamed_to.section, change.renamed_to.option) in (
                conf.deprecated_options
            )
            level = WARNING if read_still else ERROR
        elif change is not None and change.was_removed and _counts(change, value):
            message = f"Airflow {version()} has no option {name}. {_sentence(change)} Take it out."
            level = ERROR
        elif change is not None and change.is_invalid_if == value:
            message = f"{name} may not be {value} in Airflow {version()}. {_sentence(change)}"
            level = ERROR
        elif section in known and option not in known[section]["options"]:
            message = f"Airflow {version()} has no option {name}: it does nothing. Take it out."
            level = WARNING
        else:
            continue
        line = line_of(Path(rehearsal.options_path), name)
        message = " ".join(message.split())
        found.append(Finding(rehearsal.options_file, line, "option", level, message))
    return found


def _sentence(change: Any) -> str:
    said: str = change.suggestion
    return f"{said.rstrip('.')}." if said else ""


def _counts(change: Any, value: str) -> bool:
    """Whether an option is gone whatever its value, or with this one."""
    return change.remove_if_equals is None or change.remove_if_equals == value
