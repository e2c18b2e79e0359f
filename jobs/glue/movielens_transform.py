"""Glue job: the most popular and the top rated movies of MovieLens.

Arguments:
    --input FOLDER     with `movie/` and `ratings/`, the Parquet that the EMR steps wrote
    --output FOLDER    where `most_popular_movies/` and `top_rated_movies/` are replaced
    --min_ratings N    how many ratings a movie needs to be among the top rated; default 0

`most_popular_movies` (movieid INT, title STRING, genres STRING, ratings BIGINT) counts the ratings
of each movie; `top_rated_movies` (… mean_rating DOUBLE, ratings BIGINT) has their mean as well.
Both are in the order of their rank. A movie that nobody rated is in neither, a rating of an unknown
movie counts for nothing.
"""

from __future__ import annotations

import json
import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

MOVIES = "movieId INT, title STRING, genres STRING"
RATINGS = "userId INT, movieId INT, rating DOUBLE, timestamp BIGINT"


def read(spark: SparkSession, path: str, schema: str) -> DataFrame:
    """The Parquet at `path`. Raises SystemExit where whoever writes it has not finished."""
    marker = spark._jvm.org.apache.hadoop.fs.Path(path, "_SUCCESS")
    if not marker.getFileSystem(spark._jsc.hadoopConfiguration()).exists(marker):
        raise SystemExit(f"The input {path} was not finished: it has no _SUCCESS.")
    return spark.read.schema(schema).parquet(path)


def transform(spark: SparkSession, source: str, output: str, min_ratings: int) -> dict[str, int]:
    """Writes both tables, made of `source`, under `output`; returns how many rows each has.

    Raises SystemExit with a message, before it touches them, where the input is not as it must be.
    """
    movies = read(spark, f"{source}/movie", MOVIES)
    ratings = read(spark, f"{source}/ratings", RATINGS)
    of_movie = ratings.groupBy("movieId").agg(
        F.avg("rating").alias("mean_rating"), F.count("*").alias("ratings")
    )
    # One row a movie, kept, so that the ratings are read once for both tables. What is cached would
    # stay in as many partitions as a shuffle has, far too many for so little.
    rated = (
        movies.join(of_movie, "movieId")
        .withColumnRenamed("movieId", "movieid")
        .coalesce(spark.sparkContext.defaultParallelism)
        .cache()
    )
    enough = F.col("ratings") >= min_ratings
    counts = (
        rated.agg(
            F.count("*").alias("most_popular_movies"), F.count_if(enough).alias("top_rated_movies")
        )
        .first()
        .asDict()
    )
    if counts["most_popular_movies"] == 0:
        raise SystemExit(f"No rating in {source}/ratings is of a movie in {source}/movie.")
    rated.drop("mean_rating").orderBy(F.desc("ratings"), "movieid").write.mode("overwrite").parquet(
        f"{output}/most_popular_movies"
    )
    rated.where(enough).orderBy(F.desc("mean_rating"), F.desc("ratings"), "movieid").write.mode(
        "overwrite"
    ).parquet(f"{output}/top_rated_movies")
    rated.unpersist()
    return counts


def main() -> None:
    # What getResolvedOptions is asked for it insists on.
    given = {argument.partition("=")[0] for argument in sys.argv}
    optional = [name for name in ("min_ratings",) if f"--{name}" in given]
    options = getResolvedOptions(sys.argv, ["input", "output", *optional])
    min_ratings = options.get("min_ratings", "0")
    if not min_ratings.isdecimal():
        raise SystemExit(f"--min_ratings is {min_ratings!r}; it must be a whole number from 0 on.")
    spark = SparkSession.builder.appName("movielens_transform").getOrCreate()
    try:
        counts = transform(
            spark, options["input"].rstrip("/"), options["output"].rstrip("/"), int(min_ratings)
        )
        print(json.dumps(counts))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
