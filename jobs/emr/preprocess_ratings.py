"""EMR step: MovieLens' ratings from CSV to Parquet.

    spark-submit preprocess_ratings.py --input FOLDER --output FOLDER --rejected FOLDER

`--output` is replaced by Parquet of `userId INT, movieId INT, rating DOUBLE, timestamp BIGINT`,
with `_SUCCESS` once all of it is there. A line that is not such a row, or rates outside 0.5 to 5,
goes as JSON `{"reason", "line"}` to `--rejected`, which is replaced too: a second run doubles
nothing.

Prints `{"table": "ratings", "good": …, "rejected": …}`. Ends with a message and status 1, before it
touches either folder where that can be told, if the input is not there, has another header, or no
good line.

The table is the large one, so it is read once, and once more only where there is something to
reject. All its columns are numbers, in which no stray quote can hide: Spark's own parser can be
trusted with whole lines, as it cannot in `preprocess_movies.py` and `preprocess_tags.py`.
"""

from __future__ import annotations

import argparse
import json
import re
from functools import reduce
from operator import or_

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

SCHEMA = "userId INT, movieId INT, rating DOUBLE, timestamp BIGINT"
COLUMNS = [column.split()[0] for column in SCHEMA.split(", ")]
LOWEST, HIGHEST = 0.5, 5.0


def read(spark: SparkSession, path: str) -> DataFrame:
    """The lines of all files under `path`: SCHEMA's columns, `reason` if not good, `line`."""
    rows = spark.read.csv(
        path,
        schema=f"{SCHEMA}, malformed STRING",
        header=True,
        # Compare the header of each file with the schema.
        enforceSchema=False,
        quote='"',
        escape='"',
        mode="PERMISSIVE",
        columnNameOfCorruptRecord="malformed",
    )
    missing = reduce(or_, (F.isnull(column) for column in COLUMNS))
    reason = (
        F.when(F.col("malformed").isNotNull(), F.lit(f"not a line of {SCHEMA}"))
        .when(missing, F.lit("a value is missing"))
        .when(
            ~F.col("rating").between(LOWEST, HIGHEST),
            F.lit(f"rating is not from {LOWEST} to {HIGHEST}"),
        )
    )
    line = F.coalesce("malformed", F.to_csv(F.struct(*COLUMNS)))
    return rows.select(*COLUMNS, reason.alias("reason"), line.alias("line"))


def preprocess(spark: SparkSession, source: str, output: str, rejected: str) -> dict[str, int]:
    """Writes the good lines of `source` to `output`, the others to `rejected`; returns the counts.

    Raises SystemExit with a message where the input is not as it must be.
    """
    try:
        lines = read(spark, source)
        good = lines.where("reason IS NULL").select(*COLUMNS)
        if good.isEmpty():
            raise SystemExit(f"There is no good line in {source}.")
        counts = Observation()
        observed = lines.observe(
            counts,
            F.count_if(F.col("reason").isNull()).alias("good"),
            F.count_if(F.col("reason").isNotNull()).alias("rejected"),
        )
        observed.where("reason IS NULL").select(*COLUMNS).write.mode("overwrite").parquet(output)
        found = counts.get
        bad = lines.where("reason IS NOT NULL").select("reason", "line")
        # Where nothing is to be rejected the input need not be read again to find that.
        (bad if found["rejected"] else bad.limit(0)).write.mode("overwrite").json(rejected)
        return found
    except Exception as error:
        if isinstance(error, AnalysisException) and error.getErrorClass() == "PATH_NOT_FOUND":
            raise SystemExit(f"The input {source} is not there.") from error
        # What Spark says of the header is deep in the failure of a task.
        header = re.search(r"CSV header .*?CSV file: (\S+)", str(error), re.DOTALL)
        if header is None:
            raise
        raise SystemExit(f"The header of {header[1]} is not {','.join(COLUMNS)}.") from error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--input", required=True, help="folder of the CSV files")
    parser.add_argument("--output", required=True, help="folder for the Parquet; replaced")
    parser.add_argument("--rejected", required=True, help="folder for the bad lines; replaced")
    options = parser.parse_args()
    spark = SparkSession.builder.appName("preprocess_ratings").getOrCreate()
    try:
        counts = preprocess(spark, options.input, options.output, options.rejected)
        print(json.dumps({"table": "ratings", **counts}))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
