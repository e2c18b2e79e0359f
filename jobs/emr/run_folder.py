"""A folder whose data readers find whole: each run writes one of its own in it.

A run's folder has a name that RUN matches, of two the greater that of the later run. Spark puts
`_SUCCESS` into it when all else is there, by one write: until then no reader looks into it, and
from then on it is what is shown, if no later one is. A run that is killed is never shown.

Folders that were replaced are deleted KEEP_HOURS after they were found so, by a later run.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import SparkSession

#: Name of a run's folder.
RUN = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{16}")

#: In a folder that is whole.
FINISHED = "_SUCCESS"

#: In a folder since it was found replaced; Spark passes over its name.
REPLACED = "_REPLACED"

#: How long a folder stays that is not shown any more: longer than a run that has found it takes.
KEEP_HOURS = 24


def begin(output: str) -> str:
    """Address of a folder of a run that begins now, in `output`; no other call gives it."""
    return f"{output.rstrip('/')}/{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{uuid.uuid4().hex[:16]}"


def clean(spark: SparkSession, output: str, now: float) -> list[str]:
    """Deletes what was replaced KEEP_HOURS ago, and takes note of what has been replaced since.

    Replaced is what began before the run that is shown, finished or not, and what lay in `output`
    before runs had folders of their own, as `product_category=…`.

    Args:
        spark: Session, for its file systems.
        output: Folder of the runs.
        now: Seconds since 1970.

    Returns:
        Names of what was deleted.
    """
    hadoop = spark._jvm.org.apache.hadoop.fs
    root = hadoop.Path(output)
    files = root.getFileSystem(spark._jsc.hadoopConfiguration())
    folders = {found.getPath().getName(): found.getPath() for found in files.listStatus(root)}
    shown = max(name for name in folders if _finished(hadoop, files, folders[name]))
    deleted = []
    for name, folder in folders.items():
        if not ("=" in name or (RUN.fullmatch(name) and name < shown)):
            continue
        marker = hadoop.Path(folder, REPLACED)
        if not files.exists(marker):
            files.create(marker).close()
        elif now - files.getFileStatus(marker).getModificationTime() / 1000 > KEEP_HOURS * 3600:
            files.delete(folder, True)
            deleted.append(name)
    return deleted


def _finished(hadoop: Any, files: Any, folder: Any) -> bool:
    return bool(RUN.fullmatch(folder.getName())) and files.exists(hadoop.Path(folder, FINISHED))
