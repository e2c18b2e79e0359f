"""Runs the script of a Glue job, in Spark's own Python, and takes note of how it fails.

Glue does the same: the last exception of the script is the ErrorMessage of the run.
"""

from __future__ import annotations

import ast
import importlib
import os
import runpy
import sys
from pathlib import Path
from typing import Any

#: Variable with the file that the exception is written to.
REPORT = "GLUE_SCRIPT_REPORT"

#: Variable with the version of Python that a job without Spark is for.
PYTHON = "GLUE_SCRIPT_PYTHON"

#: What only jobs with Spark have. Of AWS's own package those without it have the arguments alone.
_OF_SPARK = ("py4j", "pyspark")
_OF_ALL = ("awsglue", "awsglue.utils")


def _without_spark(script: str, version: str) -> None:
    """Refuse what the version's syntax has not, and hide Spark, as far as this Python can."""
    major, minor = version.split(".")
    ast.parse(Path(script).read_bytes(), script, feature_version=(int(major), int(minor)))
    # It imports Spark, here.
    importlib.import_module("awsglue.utils")
    loaded = [name for name in sys.modules if name.startswith("awsglue.") and name not in _OF_ALL]
    hidden: dict[str, Any] = dict.fromkeys([*_OF_SPARK, *loaded])
    sys.modules.update(hidden)


def main() -> None:
    """Run the script that the first argument names, with the others."""
    report = Path(os.environ.pop(REPORT))
    version = os.environ.pop(PYTHON, None)
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    try:
        if version is not None:
            _without_spark(sys.argv[0], version)
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            report.write_text(f"SystemExit: {end.code}")
        raise
    except BaseException as error:
        report.write_text(f"{type(error).__name__}: {error}")
        raise


if __name__ == "__main__":
    main()
