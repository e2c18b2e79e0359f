"""Glue job: orders by day.

Arguments:
    --input FOLDER     CSV files with the columns `order_id,ordered_at,cents`
    --output FOLDER    where the Parquet of `day STRING, orders BIGINT, cents BIGINT` is replaced
"""

from __future__ import annotations

import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

SCHEMA = "order_id STRING, ordered_at TIMESTAMP, cents BIGINT"


def daily(spark: SparkSession, source: str, output: str) -> None:
    """Write a row for each day with orders."""
    orders = spark.read.schema(SCHEMA).option("header", True).csv(source)
    days = orders.groupBy(F.date_format("ordered_at", "yyyy-MM-dd").alias("day")).agg(
        F.count("*").alias("orders"), F.sum("cents").alias("cents")
    )
    days.coalesce(1).write.mode("overwrite").parquet(output)


if __name__ == "__main__":
    options = getResolvedOptions(sys.argv, ["input", "output"])
    session = SparkSession.builder.getOrCreate()
    daily(session, options["input"], options["output"])
