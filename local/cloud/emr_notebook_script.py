"""Runs a notebook with papermill, in Spark's own Python, and writes down how it ends.

    python -P emr_notebook_script.py FOLDER

Papermill is what EMR runs notebooks with as well. The kernel is Python's own; for a notebook that
is written for EMR's PySpark kernel, it has a Spark session when it starts, as that one does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

#: Files of the folder: the notebook; parameters and wishes; the executed notebook, and as a page;
#: the error if there is one; what is said meanwhile.
INPUT = "input.ipynb"
REQUEST = "request.json"
OUTPUT = "output.ipynb"
PAGE = "output.html"
RESULT = "result.json"
LOG = "log"

#: The kernel that is here.
KERNEL = "python3"

#: Kernels of EMR whose notebooks it runs; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-installing-libraries-and-kernels.html
_PYSPARK = "pysparkkernel"
_RUN = (_PYSPARK, KERNEL)

#: Seconds for a kernel to start, and its Spark session.
_START_SECONDS = 300

#: Variable with the file in which a JVM says how to reach it.
_CONNECTION = "_PYSPARK_DRIVER_CONN_INFO_PATH"

#: What the kernel runs first: Livy also makes the session before the first cell.
_SESSION = f"""
import os as _os
import time as _time
import traceback as _traceback

try:
    from pyspark.serializers import UTF8Deserializer as _Text, read_int as _read_int
    from pyspark.sql import SparkSession

    _file = _os.environ.pop("{_CONNECTION}")
    while not _os.path.exists(_file):
        _time.sleep(0.02)
    with open(_file, "rb") as _info:
        _os.environ["PYSPARK_GATEWAY_PORT"] = str(_read_int(_info))
        _os.environ["PYSPARK_GATEWAY_SECRET"] = _Text().loads(_info)
    spark = SparkSession.builder.getOrCreate()
    sc = spark.sparkContext
except BaseException:
    _traceback.print_exc()
    _os._exit(1)
"""

#: The page loads nothing: where it is read there may be no network.
_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""


def main() -> None:
    """Run the notebook in the folder that the argument names."""
    folder = Path(sys.argv[1])
    # The kernel ends by it, and with that the execution.
    signal.signal(signal.SIGTERM, lambda *_: None)
    request = json.loads((folder / REQUEST).read_text())
    error = None
    jvm = None
    try:
        kernel = _kernel(json.loads((folder / INPUT).read_text()))
        if kernel == _PYSPARK:
            jvm = _start_session()
        _execute(folder, request)
    except Exception as raised:
        error = _told(raised)
    if request["html"] and (folder / OUTPUT).exists():
        _write_page(folder, request["title"])
    (folder / RESULT).write_text(json.dumps({"error": error}))
    if jvm is not None:
        jvm.kill()


def _kernel(notebook: Any) -> str:
    """The kernel that a notebook is for.

    Raises:
        ValueError: where it names none, or none that is here.
    """
    name = notebook.get("metadata", {}).get("kernelspec", {}).get("name")
    if not name:
        raise ValueError("No kernel name found in notebook and no override provided.")
    if name not in _RUN:
        raise ValueError(
            f"The kernel {name} is not supported by the local cloud, which has {', '.join(_RUN)}"
        )
    return name


def _start_session() -> subprocess.Popen[bytes]:
    """Start the JVM of a session while there is other work, and have the kernel make one of it."""
    home = Path(os.environ["HOME"])
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-session.py").write_text(_SESSION)
    os.environ[_CONNECTION] = str(home / "jvm")
    return subprocess.Popen(  # noqa: S603 -- our own Java
        [f"{os.environ['SPARK_HOME']}/bin/spark-submit", "pyspark-shell"],
        # It ends when this pipe does.
        stdin=subprocess.PIPE,
    )


def _execute(folder: Path, request: dict[str, Any]) -> None:
    # Not before the JVM is under way.
    import papermill
    from jupyter_client.provisioning import LocalProvisioner

    async def launch_kernel(self: Any, command: list[str], **options: Any) -> Any:
        # Jupyter's own gives it a session of its own, in which it would outlive the execution.
        options = {k: v for k, v in options.items() if k in ("cwd", "env", "stdout", "stderr")}
        self.process = subprocess.Popen(  # noqa: S603 -- the kernel
            command, stdin=subprocess.DEVNULL, **options
        )
        self.pid = self.process.pid
        return self.connection_info

    LocalProvisioner.launch_kernel = launch_kernel
    if request["html"]:
        threading.Thread(target=_import_exporter, daemon=True).start()
    papermill.execute_notebook(
        str(folder / INPUT),
        str(folder / OUTPUT),
        request["parameters"],
        kernel_name=KERNEL,
        language="python",
        progress_bar=False,
        start_timeout=_START_SECONDS,
        shutdown_kernel="immediate",
    )


def _told(raised: Exception) -> str:
    """Name and message of an exception, of the notebook's own where it raised one."""
    name = getattr(raised, "ename", type(raised).__name__)
    return f"{name}: {getattr(raised, 'evalue', raised)}"


def _import_exporter() -> Any:
    from nbconvert.exporters.html import HTMLExporter

    return HTMLExporter


def _write_page(folder: Path, title: str) -> None:
    import nbformat

    exporter = _import_exporter()(raw_template=_TEMPLATE)
    notebook = nbformat.read(folder / OUTPUT, as_version=4)
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    (folder / PAGE).write_text(page)


if __name__ == "__main__":
    main()
