"""How long each DAG file takes to parse: `.local/venvs/test/bin/python bench/dag_parse.py`.

First: in a process that has imported Airflow and nothing of the file's own. Again: in the same one,
as the DAG processor's copies of itself find it.
"""

from __future__ import annotations

import logging
import os
import platform
import statistics
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

DAGS = Path(__file__).resolve().parents[1] / "dags"
RUNS = 5

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-home-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
sys.path.insert(0, str(DAGS))


def seconds(path: Path) -> tuple[float, float]:
    """Seconds of the first and of the second parse of a file in this process."""
    from airflow.dag_processing.dagbag import DagBag

    logging.disable(logging.CRITICAL)
    times = []
    for _ in range(2):
        started = time.perf_counter()
        bag = DagBag(path)
        times.append(time.perf_counter() - started)
        if bag.import_errors:
            sys.exit(f"{path} cannot be imported: {bag.import_errors}")
    return times[0], times[1]


def main() -> None:
    print(f"{os.cpu_count()} CPUs, Python {platform.python_version()}\n")
    print("| file | first | again |\n|---|---|---|")
    for path in sorted(DAGS.glob("*.py")):
        runs = []
        for _ in range(RUNS):
            # A new process each time: what a file imports stays imported.
            with get_context("spawn").Pool(1) as pool:
                runs.append(pool.apply(seconds, (path,)))
        first, again = (statistics.median(times) for times in zip(*runs, strict=True))
        print(f"| {path.name} | {first:.2f} s | {again:.3f} s |")


if __name__ == "__main__":
    main()
