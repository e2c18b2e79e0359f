"""Runs a notebook with papermill, in Spark's own Python, and writes down how it ends.

    python -P run_notebook.py FOLDER

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

#: What that file's name and this make, once the JVM has ended.
_GONE = ".gone"

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
        if _os.path.exists(_file + "{_GONE}"):
            raise RuntimeError("Spark's JVM ended while it started")
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


#: Set when the execution is to end.
_ending = threading.Event()


def main() -> None:
    """Run the notebook in the folder that the argument names."""
    folder = Path(sys.argv[1])
    # The kernel ends by the same signal, and what it did until then is written down here.
    signal.signal(signal.SIGTERM, lambda *_: _ending.set())
    request = json.loads((folder / REQUEST).read_text())
    error = None
    jvm = None
    try:
        kernel = _kernel((folder / INPUT).read_bytes())
        if kernel == _PYSPARK:
            jvm = _start_session()
        _execute(folder, request)
    except Exception as raised:
        error = _told(raised, folder)
    if (folder / OUTPUT).exists():
        _finish(folder, request)
    (folder / RESULT).write_text(json.dumps({"error": error}))
    if jvm is not None:
        jvm.kill()


def _kernel(content: bytes) -> str:
    """The kernel that a notebook is for.

    Raises:
        ValueError: where it is no notebook, or names no kernel, or none that is here.
    """
    try:
        notebook = json.loads(content)
    except ValueError as error:
        raise ValueError(f"The file is no notebook: {error}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("metadata"), dict):
        raise ValueError("The file is no notebook: it has no metadata")
    name = notebook["metadata"].get("kernelspec", {}).get("name")
    if not name:
        raise ValueError("No kernel name found in notebook and no override provided.")
    if name not in _RUN:
        raise ValueError(
            f"The kernel {name} is not supported by the local cloud, which has {', '.join(_RUN)}"
        )
    return name


def _start_session() -> subprocess.Popen[bytes]:
    """Start the JVM of a session while there is other work, and have the kernel make one of it."""
    work = Path.cwd()
    startup = work / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    os.environ["IPYTHONDIR"] = str(work / ".ipython")
    (startup / "00-session.py").write_text(_SESSION)
    os.environ[_CONNECTION] = str(work / "jvm")
    jvm = subprocess.Popen(  # noqa: S603 -- our own Java
        [f"{os.environ['SPARK_HOME']}/bin/spark-submit", "pyspark-shell"],
        # It ends when this pipe does.
        stdin=subprocess.PIPE,
    )

    def watch() -> None:
        jvm.wait()
        (work / f"jvm{_GONE}").touch()

    threading.Thread(target=watch, daemon=True).start()
    return jvm


def _execute(folder: Path, request: dict[str, Any]) -> None:
    # Not before the JVM is under way.
    import papermill
    from jupyter_client.provisioning import LocalProvisioner

    async def launch_kernel(self: Any, cmd: list[str], **options: Any) -> Any:
        if _ending.is_set():
            raise RuntimeError("The execution ends before its kernel starts.")
        # Jupyter's own gives it a session of its own, in which it would outlive the execution.
        options = {k: v for k, v in options.items() if k in ("cwd", "env", "stdout", "stderr")}
        self.process = subprocess.Popen(  # noqa: S603 -- the kernel
            cmd, stdin=subprocess.DEVNULL, **options
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


def _told(raised: Exception, folder: Path) -> str:
    """Name and message of an exception, of the notebook's own where it raised one."""
    if getattr(raised, "evalue", None) == "" and (folder / OUTPUT).exists():
        # IPython tells of a wrong magic command in plain words, and papermill nothing of them.
        said = _last_words(json.loads((folder / OUTPUT).read_text()))
        if said:
            return said
    name = getattr(raised, "ename", type(raised).__name__)
    return f"{name}: {getattr(raised, 'evalue', raised)}"


def _last_words(notebook: dict[str, Any]) -> str:
    """The last line that the cell that failed wrote as an error."""
    lines = [
        line
        for cell in notebook["cells"]
        if cell["metadata"].get("papermill", {}).get("exception")
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
        for line in "".join(output["text"]).splitlines()
    ]
    return next((line for line in reversed(lines) if line.strip()), "")


def _import_exporter() -> Any:
    from nbconvert.exporters.html import HTMLExporter

    return HTMLExporter


def _finish(folder: Path, request: dict[str, Any]) -> None:
    """Have the executed notebook say where it is, and write it as a page where one is wanted."""
    import nbformat

    notebook = nbformat.read(folder / OUTPUT, as_version=4)
    notebook.metadata.get("papermill", {}).update(request["paths"])
    nbformat.write(notebook, folder / OUTPUT)
    if request["html"]:
        title = Path(request["paths"]["output_path"]).stem
        exporter = _import_exporter()(raw_template=_TEMPLATE)
        page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
        (folder / PAGE).write_text(page)


if __name__ == "__main__":
    main()
