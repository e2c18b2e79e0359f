"""EMR step: MovieLens' ratings from CSV to Parquet, as `movielens_csv.py` says.

The columns are `userId INT, movieId INT, rating DOUBLE, timestamp BIGINT`; a rating outside 0.5 to
5 is set aside.

The table is the large one, so it is read once, and once more only where there is something to
reject. All its columns are numbers, in which no stray quote can hide: Spark's own parser can be
trusted with whole lines, as it cannot with texts.
"""

from __future__ import annotations

import movielens_csv
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMA = "userId INT, movieId INT, rating DOUBLE, timestamp BIGINT"
COLUMNS = movielens_csv.columns_of(SCHEMA)
LOWEST, HIGHEST = 0.5, 5.0


def read(spark: SparkSession, path: str) -> DataFrame:
    """The lines of all files under `path`: SCHEMA's columns, `reason` if not good, `line`."""
    rows = spark.read.csv(
        path,
        schema=f"{SCHEMA}, malformed STRING",
        header=True,
        # Compare the header of each file with the schema.
        enforceSchema=False,
        **movielens_csv.PARSED,
    )
    reason = movielens_csv.unfit(SCHEMA, COLUMNS).when(
        ~F.col("rating").between(LOWEST, HIGHEST),
        F.lit(f"rating is not from {LOWEST} to {HIGHEST}"),
    )
    line = F.coalesce("malformed", F.to_csv(F.struct(*COLUMNS)))
    return rows.select(*COLUMNS, reason.alias("reason"), line.alias("line"))


if __name__ == "__main__":
    movielens_csv.main("ratings", read)
