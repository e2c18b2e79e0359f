"""EMR step: MovieLens' movies from CSV to Parquet.

    spark-submit preprocess_movies.py --input FOLDER --output FOLDER --rejected FOLDER

`--output` is replaced by Parquet of `movieId INT, title STRING, genres STRING`, one row a movieId,
with `_SUCCESS` once all of it is there. Of several lines with one movieId the first by title, then
genres, is kept. The others, and any line that is not such a row, go as JSON `{"reason", "line"}` to
`--rejected`, which is replaced too: a second run doubles nothing.

Prints `{"table": "movies", "good": …, "rejected": …}`. Ends with a message and status 1, before it
touches either folder, if the input is not there, has another header, or no good line.

The input, a few megabytes, is read twice, and once more where there is something to reject.
"""

from __future__ import annotations

import argparse
import json
import re
from functools import reduce
from operator import or_

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

SCHEMA = "movieId INT, title STRING, genres STRING"
COLUMNS = [column.split()[0] for column in SCHEMA.split(", ")]
#: What a movie cannot be without; its genres may be.
REQUIRED = ["movieId", "title"]


def read(spark: SparkSession, path: str) -> DataFrame:
    """The lines of all files under `path`: SCHEMA's columns, `reason` if not good, `line`.

    Each line is taken as a whole first, with a separator that no text has: Spark's parser makes a
    row, without a complaint, of a line whose last quote is not closed. The header is one column
    then, which is compared and left out in each file.
    """
    header = ",".join(COLUMNS)
    lines = spark.read.csv(
        path,
        schema=StructType([StructField(header, StringType())]),
        header=True,
        enforceSchema=False,
        sep="\uffff",
        quote="",
    ).withColumnRenamed(header, "line")
    row = F.from_csv(
        "line",
        f"{SCHEMA}, malformed STRING",
        {
            "quote": '"',
            "escape": '"',
            "mode": "PERMISSIVE",
            "columnNameOfCorruptRecord": "malformed",
        },
    )
    quotes = F.length("line") - F.length(F.replace("line", F.lit('"'), F.lit("")))
    missing = reduce(or_, (F.isnull(column) for column in REQUIRED))
    reason = (
        # It is what a decoder of UTF-8 puts in the place of other bytes.
        F.when(F.col("line").contains("\ufffd"), F.lit("not UTF-8"))
        .when(quotes % 2 != 0, F.lit("a quote is not closed"))
        .when(F.col("malformed").isNotNull(), F.lit(f"not a line of {SCHEMA}"))
        .when(missing, F.lit("a value is missing"))
    )
    rows = lines.select("line", row.alias("row")).select("line", "row.*")
    return rows.select(*COLUMNS, reason.alias("reason"), "line")


def once(lines: DataFrame) -> DataFrame:
    """The lines, with a reason against each good one that comes after one of the same movieId."""
    good = F.isnull("reason")
    place = F.row_number().over(
        Window.partitionBy("movieId", good).orderBy("title", "genres", "line")
    )
    reason = F.when(good & (place > 1), F.lit("another line with its movieId comes first"))
    return lines.withColumn("reason", F.coalesce("reason", reason))


def preprocess(spark: SparkSession, source: str, output: str, rejected: str) -> dict[str, int]:
    """Writes the good lines of `source` to `output`, the others to `rejected`; returns the counts.

    Raises SystemExit with a message where the input is not as it must be.
    """
    try:
        lines = once(read(spark, source))
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
    spark = SparkSession.builder.appName("preprocess_movies").getOrCreate()
    try:
        counts = preprocess(spark, options.input, options.output, options.rejected)
        print(json.dumps({"table": "movies", **counts}))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
