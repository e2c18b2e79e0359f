"""EMR step: MovieLens' tags from CSV to Parquet, as `movielens_csv.py` says.

The columns are `userId INT, movieId INT, tag STRING, timestamp BIGINT`.
"""

from __future__ import annotations

import movielens_csv
from pyspark.sql import DataFrame, SparkSession

SCHEMA = "userId INT, movieId INT, tag STRING, timestamp BIGINT"


def read(spark: SparkSession, path: str) -> DataFrame:
    """The lines of all files under `path`: SCHEMA's columns, `reason` if not good, `line`."""
    return movielens_csv.read_texts(spark, path, SCHEMA)


if __name__ == "__main__":
    movielens_csv.main("tags", read)
