"""EMR step: MovieLens' movies from CSV to Parquet, as `movielens_csv.py` says.

The columns are `movieId INT, title STRING, genres STRING`, one row a movieId: of several lines with
one the first by title, then genres, is kept, and the others are set aside.

The input, a few megabytes, is read twice, and once more where there is something to reject.
"""

from __future__ import annotations

import movielens_csv
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

SCHEMA = "movieId INT, title STRING, genres STRING"
#: What a movie cannot be without; its genres may be.
REQUIRED = ["movieId", "title"]


def read(spark: SparkSession, path: str) -> DataFrame:
    """The lines of all files under `path`: SCHEMA's columns, `reason` if not good, `line`."""
    return once(movielens_csv.read_texts(spark, path, SCHEMA, REQUIRED))


def once(lines: DataFrame) -> DataFrame:
    """The lines, with a reason against each good one that comes after one of the same movieId."""
    good = F.isnull("reason")
    place = F.row_number().over(
        Window.partitionBy("movieId", good).orderBy("title", "genres", "line")
    )
    reason = F.when(good & (place > 1), F.lit("another line with its movieId comes first"))
    return lines.withColumn("reason", F.coalesce("reason", reason))


if __name__ == "__main__":
    movielens_csv.main("movies", read)
