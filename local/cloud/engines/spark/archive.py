"""Makes the archive of classes with which Spark's JVM starts in little more than half the time.

    LOCAL_CLOUD_SPARK=… LOCAL_CLOUD_SPARK_JARS=… python -m local.cloud.engines.spark.archive

A JVM maps the archive, in place of reading, checking and linking thousands of classes from jars. It
holds what small jobs load, and fits one Java and one set of jars: a JVM that it does not fit does
without. https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html#application-class-data-sharing
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local.cloud.engines.spark import home, jvm

#: What jobs do: tables from CSV and Parquet, joined, grouped, ordered and written, and S3's file
#: system. No S3 is there: that is found only after the classes for it are loaded.
JOB = """
import sys
from pyspark.sql import Observation, SparkSession, Window
from pyspark.sql import functions as F

folder = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
numbers = spark.range(2000).withColumn("k", (F.col("id") % 7).cast("int"))
numbers.withColumn("v", F.rand(1)).write.csv(f"{folder}/csv", header=True)
rows = spark.read.csv(
    f"{folder}/csv",
    header=True,
    schema="id BIGINT, k INT, v DOUBLE, bad STRING",
    enforceSchema=False,
    mode="PERMISSIVE",
    columnNameOfCorruptRecord="bad",
)
counts = Observation()
kept = rows.where("bad IS NULL").observe(counts, F.count("*").alias("n"))
for _ in range(2):
    kept.drop("bad").write.mode("overwrite").parquet(f"{folder}/parquet")
counts.get
lines = rows.where("k > 5").select(F.to_csv(F.struct("id", "k")).alias("line"))
lines.write.json(f"{folder}/json")
table = spark.read.parquet(f"{folder}/parquet")
order = Window.partitionBy("k").orderBy(F.desc("v"), "id")
first = table.withColumn("n", F.row_number().over(order)).where("n = 1").drop("n")
sums = table.groupBy("k").agg(F.count("*").alias("n"), F.mean("v").alias("mean"), F.max("id"))
sums.join(first, "k").orderBy(F.desc("n"), "k").write.parquet(f"{folder}/joined")
text = spark.read.text(f"{folder}/csv").select(F.split("value", ",").getItem(1).alias("k"))
text.distinct().limit(5).collect()
try:
    table.write.parquet("s3://nowhere/none")
except Exception as error:
    print(f"as expected: {error!r}"[:80])
"""

#: Where nothing listens.
_NOWHERE = "http://127.0.0.1:1/"


def main() -> None:
    """Make it, beside the folder of the jars, whole or not at all."""
    found = home.located(
        Path(os.environ["LOCAL_CLOUD_SPARK"]), Path(os.environ["LOCAL_CLOUD_SPARK_JARS"])
    )
    conf = {
        "spark.master": jvm.MASTER,
        **jvm.s3_settings(_NOWHERE),
        "spark.hadoop.fs.s3a.attempts.maximum": "1",
        "spark.hadoop.fs.s3a.retry.limit": "1",
    }
    partial = found.archive().with_suffix(".partial")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        job, classes = work / "job.py", work / "classes"
        job.write_text(JOB)
        environment = jvm.environment(found, work)
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = _NOWHERE

        def java(*options: str) -> None:
            subprocess.run(  # noqa: S603 -- our own Java
                [
                    *(str(found.java / "bin" / "java"), "-cp", found.classpath()),
                    *(*jvm.jvm_options(), f"-Djava.io.tmpdir={work}", f"-Duser.home={work}"),
                    *options,
                ],
                check=True,
                cwd=work,
                env=environment,
            )

        java(
            f"-XX:DumpLoadedClassList={classes}",
            "org.apache.spark.deploy.SparkSubmit",
            *(part for pair in conf.items() for part in ("--conf", "=".join(pair))),
            *(str(job), str(work)),
        )
        java(
            *("-Xshare:dump", f"-XX:SharedClassListFile={classes}", "-Xlog:disable"),
            f"-XX:SharedArchiveFile={partial}",
        )
    partial.replace(found.archive())


if __name__ == "__main__":
    sys.exit(main())
