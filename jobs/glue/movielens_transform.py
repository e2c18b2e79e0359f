"""Glue job: the most popular and the top rated movies of MovieLens.

Arguments:
    --input FOLDER     with `<run>/movie/` and `<run>/ratings/`, the Parquet that the EMR steps of a
                       run wrote
    --output FOLDER    where the tables' files go, below `<run>/<job run>/<table>/`
    --run RUN          the run, as RUN has it: the time at which it loaded its data comes first
    --database NAME    database of the Glue Data Catalog that has both tables
    --region REGION    the catalog's
    --min_ratings N    how many ratings a movie needs to be among the top rated; default 0

`most_popular_movies` (movieid INT, title STRING, genres STRING, num_ratings BIGINT) counts the
ratings of each movie; `top_rated_movies` (… avg_rating DOUBLE, num_ratings BIGINT) has their mean
as well. Both are in the order of their rank. A movie that nobody rated is in neither, a rating of
an unknown movie counts for nothing.

The files go where nobody looks yet. Then each table is moved to them by one UpdateTable, so that a
reader has the rows of before or those of now, whole, whenever the job ends or is ended. A run whose
data was loaded before that of what a table shows leaves the table as it is. Files that no table
shows any more are deleted KEEP_HOURS after they were found so.

Prints `{"most_popular_movies": …, "top_rated_movies": …, "published": […]}`: rows of each table,
and the tables that show them now.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

import boto3
from awsglue.utils import getResolvedOptions
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

MOVIES = "movieId INT, title STRING, genres STRING"
RATINGS = "userId INT, movieId INT, rating DOUBLE, timestamp BIGINT"

#: The tables and their columns, in the order in which they are published.
TABLES = {
    "most_popular_movies": "movieid int, title string, genres string, num_ratings bigint",
    "top_rated_movies": (
        "movieid int, title string, genres string, avg_rating double, num_ratings bigint"
    ),
}

#: A run's name: of two, the one whose data was loaded later is the greater.
RUN = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{16}")

#: Parameter of a table that names the run whose rows it has.
RUN_PARAMETER = "run"

#: How long files stay that no table shows any more. A query goes on with those that it has found;
#: Athena gives it half an hour, or four where the account asks for that:
#: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
KEEP_HOURS = 24

#: In a run's folder since it was found that no table shows it; readers pass over its name.
REPLACED = "_REPLACED"

_FORMATS = "org.apache.hadoop.hive.ql.io.parquet"


def read(spark: SparkSession, path: str, schema: str) -> DataFrame:
    """The Parquet at `path`. Raises SystemExit where whoever writes it has not finished."""
    marker = spark._jvm.org.apache.hadoop.fs.Path(path, "_SUCCESS")
    if not marker.getFileSystem(spark._jsc.hadoopConfiguration()).exists(marker):
        raise SystemExit(f"The input {path} was not finished: it has no _SUCCESS.")
    return spark.read.schema(schema).parquet(path)


def transform(spark: SparkSession, source: str, output: str, min_ratings: int) -> dict[str, int]:
    """Writes both tables, made of `source`, below `output`; returns how many rows each has.

    Raises SystemExit with a message, before it writes, where the input is not as it must be.
    """
    movies = read(spark, f"{source}/movie", MOVIES)
    ratings = read(spark, f"{source}/ratings", RATINGS)
    of_movie = ratings.groupBy("movieId").agg(
        F.avg("rating").alias("avg_rating"), F.count("*").alias("num_ratings")
    )
    # One row a movie, kept, so that the ratings are read once for both tables. What is cached would
    # stay in as many partitions as a shuffle has, far too many for so little.
    rated = (
        movies.join(of_movie, "movieId")
        .withColumnRenamed("movieId", "movieid")
        .coalesce(spark.sparkContext.defaultParallelism)
        .cache()
    )
    enough = F.col("num_ratings") >= min_ratings
    counts = (
        rated.agg(
            F.count("*").alias("most_popular_movies"), F.count_if(enough).alias("top_rated_movies")
        )
        .first()
        .asDict()
    )
    if counts["most_popular_movies"] == 0:
        raise SystemExit(f"No rating in {source}/ratings is of a movie in {source}/movie.")
    rated.drop("avg_rating").orderBy(F.desc("num_ratings"), "movieid").write.parquet(
        f"{output}/most_popular_movies"
    )
    rated.where(enough).orderBy(
        F.desc("avg_rating"), F.desc("num_ratings"), "movieid"
    ).write.parquet(f"{output}/top_rated_movies")
    rated.unpersist()
    return counts


def publish(glue: Any, database: str, run: str, folder: str) -> list[str]:
    """Has the tables show what is below `folder`; returns which do.

    One UpdateTable moves a table, columns and all, whoever created it. The version that it was
    asked for makes Glue refuse it where another run has moved the table since, and it is looked at
    anew: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html
    """
    return [table for table in TABLES if _move(glue, database, table, run, f"{folder}/{table}/")]


def _move(glue: Any, database: str, table: str, run: str, location: str) -> bool:
    definition = _definition(table, run, location)
    while True:
        try:
            found = glue.get_table(DatabaseName=database, Name=table)["Table"]
        except glue.exceptions.EntityNotFoundException:
            found = None
        try:
            if found is None:
                glue.create_table(DatabaseName=database, TableInput=definition)
                return True
            if run < _run_of(found):
                return False
            glue.update_table(
                DatabaseName=database,
                TableInput=definition,
                VersionId=found["VersionId"],
                # A table has 100,000 versions at most, which nobody reads.
                SkipArchive=True,
            )
            return True
        except (
            glue.exceptions.AlreadyExistsException,
            glue.exceptions.ConcurrentModificationException,
        ):
            continue


def _run_of(table: dict[str, Any]) -> str:
    """The run whose rows a table has; empty, which is before all, for a table of somebody else."""
    run = table.get("Parameters", {}).get(RUN_PARAMETER, "")
    return run if RUN.fullmatch(run) else ""


def _definition(table: str, run: str, location: str) -> dict[str, Any]:
    columns = (column.split() for column in TABLES[table].split(", "))
    return {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", RUN_PARAMETER: run},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": type} for name, type in columns],
            "Location": location,
            "InputFormat": f"{_FORMATS}.MapredParquetInputFormat",
            "OutputFormat": f"{_FORMATS}.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": f"{_FORMATS}.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
        },
    }


def shown(glue: Any, database: str) -> set[str]:
    """The runs that the tables show."""
    tables = (glue.get_table(DatabaseName=database, Name=table)["Table"] for table in TABLES)
    return {_run_of(table) for table in tables}


def clean(spark: SparkSession, output: str, shown: set[str], now: float) -> None:
    """Deletes what was replaced KEEP_HOURS ago, and takes note of what has been replaced since.

    A run is replaced once both tables show later ones: none of its jobs can publish it any more.
    What lay in `output` before runs had folders of their own is replaced likewise.
    """
    hadoop = spark._jvm.org.apache.hadoop.fs
    root = hadoop.Path(output)
    files = root.getFileSystem(spark._jsc.hadoopConfiguration())
    for found in files.listStatus(root):
        folder = found.getPath()
        name = folder.getName()
        if name not in TABLES and not (RUN.fullmatch(name) and name < min(shown)):
            continue
        marker = hadoop.Path(folder, REPLACED)
        if not files.exists(marker):
            files.create(marker).close()
        elif now - files.getFileStatus(marker).getModificationTime() / 1000 > KEEP_HOURS * 3600:
            files.delete(folder, True)


def main() -> None:
    # What getResolvedOptions is asked for it insists on.
    given = {argument.partition("=")[0] for argument in sys.argv}
    optional = [name for name in ("min_ratings",) if f"--{name}" in given]
    names = ["input", "output", "run", "database", "region", *optional]
    options = getResolvedOptions(sys.argv, names)
    min_ratings, run = options.get("min_ratings", "0"), options["run"]
    if not min_ratings.isdecimal():
        raise SystemExit(f"--min_ratings is {min_ratings!r}; it must be a whole number from 0 on.")
    if not RUN.fullmatch(run):
        raise SystemExit(
            f"--run is {run!r}; it must be the name of a folder in {options['input']}, such as "
            "20261130T150000000000Z-0123456789abcdef."
        )
    source, output = (options[name].rstrip("/") for name in ("input", "output"))
    # Glue's own argument, which is not asked for: another attempt at the same run has another id,
    # and so files of its own.
    folder = f"{output}/{run}/{options['JOB_RUN_ID']}"
    spark = SparkSession.builder.appName("movielens_transform").getOrCreate()
    try:
        counts = transform(spark, f"{source}/{run}", folder, int(min_ratings))
        glue = boto3.client("glue", region_name=options["region"])
        published = publish(glue, options["database"], run, folder)
        print(json.dumps({**counts, "published": published}))
        clean(spark, output, shown(glue, options["database"]), time.time())
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
