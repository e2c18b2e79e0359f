"""Runs the script of a Glue job, in Spark's own Python, and takes note of how it fails.

Glue does the same: the last exception of the script is the ErrorMessage of the run.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

#: Variable with the file that the exception is written to.
REPORT = "GLUE_SCRIPT_REPORT"


def main() -> None:
    """Run the script that the first argument names, with the others."""
    report = Path(os.environ.pop(REPORT))
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    try:
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
