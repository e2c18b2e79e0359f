"""What the three steps of MovieLens have in common: good lines to Parquet, the others aside.

    spark-submit --py-files movielens_csv.py preprocess_<table>.py \\
        --input FOLDER --output FOLDER --rejected FOLDER

`--output` is replaced by Parquet of the table's columns, with `_SUCCESS` once all of it is there.
Each other line goes as JSON `{"reason", "line"}` to `--rejected`, which is replaced too: a second
run doubles nothing.

Prints `{"table": …, "good": …, "rejected": …}`. Ends with a message and status 1, before it touches
either folder where that can be told, if the input is not there, has another header, or no good
line.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

#: How a column that holds what fits no schema is asked for, of lines that Spark parses.
PARSED = {
    "quote": '"',
    "escape": '"',
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": "malformed",
}


def columns_of(schema: str) -> list[str]:
    """Names of a schema's columns."""
    return [column.split()[0] for column in schema.split(", ")]


def unfit(schema: str, required: Sequence[str]) -> Column:
    """Reason against a row of `schema` and `malformed`; null where it has all that it must."""
    missing = reduce(or_, (F.isnull(column) for column in required))
    return F.when(F.col("malformed").isNotNull(), F.lit(f"not a line of {schema}")).when(
        missing, F.lit("a value is missing")
    )


def read_texts(
    spark: SparkSession, path: str, schema: str, required: Sequence[str] | None = None
) -> DataFrame:
    """The lines of all files under `path`: the schema's columns, `reason` if not good, `line`.

    Each line is taken as a whole first, with a separator that no text has: Spark's parser makes a
    row, without a complaint, of a line whose last quote is not closed. The header is one column
    then, which is compared and left out in each file.
    """
    columns = columns_of(schema)
    header = ",".join(columns)
    lines = spark.read.csv(
        path,
        schema=StructType([StructField(header, StringType())]),
        header=True,
        enforceSchema=False,
        sep="\uffff",
        quote="",
    ).withColumnRenamed(header, "line")
    row = F.from_csv("line", f"{schema}, malformed STRING", PARSED)
    quotes = F.length("line") - F.length(F.replace("line", F.lit('"'), F.lit("")))
    reason = (
        # It is what a decoder of UTF-8 puts in the place of other bytes.
        F.when(F.col("line").contains("\ufffd"), F.lit("not UTF-8"))
        .when(quotes % 2 != 0, F.lit("a quote is not closed"))
        .otherwise(unfit(schema, required or columns))
    )
    rows = lines.select("line", row.alias("row")).select("line", "row.*")
    return rows.select(*columns, reason.alias("reason"), "line")


def write(lines: DataFrame, source: str, output: str, rejected: str) -> dict[str, int]:
    """Writes the good ones of `lines` to `output`, the others to `rejected`; returns the counts.

    Raises SystemExit with a message where the input, of which `source` is the address, is not as it
    must be. It is read once, and once more only where there is something to reject.
    """
    columns = [name for name in lines.columns if name not in ("reason", "line")]
    try:
        if lines.where("reason IS NULL").isEmpty():
            raise SystemExit(f"There is no good line in {source}.")
        counts = Observation()
        observed = lines.observe(
            counts,
            F.count_if(F.col("reason").isNull()).alias("good"),
            F.count_if(F.col("reason").isNotNull()).alias("rejected"),
        )
        observed.where("reason IS NULL").select(*columns).write.mode("overwrite").parquet(output)
        found = counts.get
        bad = lines.where("reason IS NOT NULL").select("reason", "line")
        # Where nothing is to be rejected the input need not be read again to find that.
        (bad if found["rejected"] else bad.limit(0)).write.mode("overwrite").json(rejected)
        return found
    except Exception as error:
        # What Spark says of the header is deep in the failure of a task.
        header = re.search(r"CSV header .*?CSV file: (\S+)", str(error), re.DOTALL)
        if header is None:
            raise
        raise SystemExit(f"The header of {header[1]} is not {','.join(columns)}.") from error


Read = Callable[[SparkSession, str], DataFrame]


def preprocess(
    spark: SparkSession, read: Read, source: str, output: str, rejected: str
) -> dict[str, int]:
    """Reads `source` by `read`, and writes what it gives; see `write`."""
    try:
        lines = read(spark, source)
    except AnalysisException as error:
        if error.getErrorClass() != "PATH_NOT_FOUND":
            raise
        raise SystemExit(f"The input {source} is not there.") from error
    return write(lines, source, output, rejected)


def main(table: str, read: Read) -> None:
    """The step of a table."""
    parser = argparse.ArgumentParser(description=f"MovieLens' {table} from CSV to Parquet.")
    parser.add_argument("--input", required=True, help="folder of the CSV files")
    parser.add_argument("--output", required=True, help="folder for the Parquet; replaced")
    parser.add_argument("--rejected", required=True, help="folder for the bad lines; replaced")
    options = parser.parse_args()
    spark = SparkSession.builder.appName(f"preprocess_{table}").getOrCreate()
    try:
        counts = preprocess(spark, read, options.input, options.output, options.rejected)
        print(json.dumps({"table": table, **counts}))
    finally:
        spark.stop()
