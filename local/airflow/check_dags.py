"""Checks DAG files without a server: see `dag_check.py`, which runs beside their requirements.

Usage: `check_dags.py HOME NAMES`, a folder with `dags`, `plugins` and, where the environment has
one, `requirements.txt`, which is installed as the environment installs it. `NAMES` is as in
`dag_check.py`, with `options`, Airflow's configuration options by name. Prints JSON: a list of
findings.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from environment import option_variables
from finding import ERROR, Finding
from packages import InstallError, python_for

#: What runs in the Python that has the requirements.
_CHECK = Path(__file__).with_name("dag_check.py")


def findings(home: Path, names: str) -> list[dict[str, Any]]:
    """What is wrong with the DAG files below a home, and with its requirements.

    Raises:
        RuntimeError: where Airflow itself fails.
    """
    dags, requirements = home / "dags", home / "requirements.txt"
    variables = {
        **option_variables(json.loads(names)["options"]),
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        # By default the last two frames are kept, which may be Airflow's own.
        "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH": "100",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "PYTHONPATH": f"{dags}{os.pathsep}{home / 'plugins'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = home / "requirements.log"
    try:
        needed = requirements if requirements.exists() else None
        python = python_for(needed, home, variables, log, lambda: True)
    except InstallError as error:
        return [asdict(Finding("requirements.txt", None, "requirements", ERROR, str(error)))]
    done = subprocess.run(  # noqa: S603 -- Airflow's own Python
        [python, str(_CHECK), str(dags), names],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Check the home that the arguments name; 1 where it cannot be told."""
    try:
        print(json.dumps(findings(Path(sys.argv[1]), sys.argv[2])))
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
