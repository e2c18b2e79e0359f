"""Imports DAG files as Airflow's DAG processor does, and tells which it cannot.

Usage: `check_dags.py HOME`, a folder with `dags`, `plugins` and, where the environment has one,
`requirements.txt`, which is installed as the environment installs it. Prints JSON: a list of
`{"filename", "stack_trace"}`, the file below `dags`, as Airflow's REST API has it. There are no
Variables and no connections: a file that reads one while it is parsed has to do without.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from packages import InstallError, python_for

#: What runs in the Python that has the requirements: the last line that it prints is the answer.
_IMPORT = """
import json, logging, sys
from airflow.dag_processing.dagbag import DagBag
logging.disable(logging.CRITICAL)
errors = DagBag(sys.argv[1], include_examples=False).import_errors
print(json.dumps([{"filename": f, "stack_trace": e} for f, e in sorted(errors.items())]))
"""


def import_errors(home: Path) -> list[dict[str, str]]:
    """The DAG files below a home that cannot be imported.

    Raises:
        InstallError: where the requirements cannot be installed.
        RuntimeError: where Airflow itself fails.
    """
    dags, requirements = home / "dags", home / "requirements.txt"
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "PYTHONPATH": f"{dags}{os.pathsep}{home / 'plugins'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    python = python_for(
        requirements if requirements.exists() else None,
        home,
        variables,
        home / "requirements.log",
        lambda: True,
    )
    done = subprocess.run(  # noqa: S603 -- Airflow's own Python
        [python, "-c", _IMPORT, str(dags)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    errors: list[dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return [{**one, "filename": os.path.relpath(one["filename"], dags)} for one in errors]


def main() -> int:
    """Check the home that the argument names; 1 where it cannot be told."""
    try:
        print(json.dumps(import_errors(Path(sys.argv[1]))))
    except (InstallError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
