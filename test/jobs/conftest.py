import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

JOBS = Path(__file__).parents[2] / "jobs"
sys.path[:0] = [str(JOBS / "emr"), str(JOBS / "glue"), str(Path(__file__).parent)]

import session  # noqa: E402

spark = session.spark


@pytest.fixture
def file_by_file(spark: SparkSession) -> Iterator[None]:
    """Spark makes a task of each file, however small."""
    spark.conf.set("spark.sql.files.openCostInBytes", 128 << 20)
    yield
    spark.conf.unset("spark.sql.files.openCostInBytes")


@pytest.fixture
def stages(spark: SparkSession) -> Callable[[Callable[[], object]], list[int]]:
    """How many tasks each stage had that something ran."""

    def run(work: Callable[[], object]) -> list[int]:
        group = uuid.uuid4().hex
        spark.sparkContext.setJobGroup(group, "")
        work()
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
        tracker = spark.sparkContext.statusTracker()
        infos = (
            tracker.getStageInfo(stage)
            for job in tracker.getJobIdsForGroup(group)
            for stage in tracker.getJobInfo(job).stageIds
        )
        # A stage whose result an earlier job left has no tasks that ran.
        return [info.numTasks for info in infos if info and info.numCompletedTasks]

    return run


@pytest.fixture
def submit() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a job as EMR and Glue do: a process of its own, given its arguments."""

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, JOBS / script, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )

    return run
