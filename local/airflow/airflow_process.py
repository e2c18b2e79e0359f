"""One of Airflow's processes, with less of Python's garbage collection.

Airflow's modules are half a million objects, all of which stay. Python by default looks through
them again and again while they are loaded, a sixth of that time, and when the process ends it takes
them apart, which is two to three seconds of CPU of the api-server.

`airflow_process.py [FILE] ARGUMENTS`: with the arguments of Airflow's command, which a file of this
folder may change before it runs it.
"""

from __future__ import annotations

import gc
import runpy
import sys

#: Objects that are added between two looks for garbage, and looks at the youngest before one at
#: those that outlived it. What a request or a task leaves behind is still found soon.
THRESHOLDS = (50_000, 10, 10)


def main() -> None:
    """Run the file, or Airflow's command."""
    gc.set_threshold(*THRESHOLDS)
    try:
        if sys.argv[1].endswith(".py"):
            sys.argv.pop(0)
            runpy.run_path(sys.argv[0], run_name="__main__")
        else:
            from airflow.__main__ import main as airflow

            airflow()
    finally:
        # The process ends; what is frozen is left to the operating system.
        gc.freeze()


if __name__ == "__main__":
    main()
