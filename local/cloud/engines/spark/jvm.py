"""How Spark's JVM is started: as `spark-submit` does, without the JVM that only finds out how.

`s3://` is this cloud.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from local.cloud.core.settings import REGION
from local.cloud.engines.spark.home import Home

#: Task slots; `--master yarn` has as many.
MASTER = "local[2]"

#: Spark's own default of `spark.driver.memory`.
HEAP = "1g"

#: Packages that Spark looks into; https://github.com/apache/spark/blob/v3.5.6/launcher/src/main/java/org/apache/spark/launcher/JavaModuleOptions.java
_OPENED = (
    *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio"),
    *("java.util", "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref"),
    *("sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"),
)


def java(found: Home, settings: Mapping[str, str], work: Path) -> list[str]:
    """The command of a JVM with these settings of Spark, in a folder of its own."""
    more = settings.get("spark.driver.extraClassPath", "")
    classpath = [found.classpath(), *filter(None, [more])]
    return [
        str(found.java / "bin" / "java"),
        "-cp",
        os.pathsep.join(classpath),
        f"-Xmx{settings.get('spark.driver.memory', HEAP)}",
        *jvm_options(),
        f"-XX:SharedArchiveFile={found.archive()}",
        # Without a word where there is none, or it does not fit.
        "-Xshare:auto",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        f"-Djava.io.tmpdir={work}",
        f"-Duser.home={work}",
        *shlex.split(settings.get("spark.driver.extraJavaOptions", "")),
    ]


def jvm_options() -> list[str]:
    """Options for short runs on few cores, and what Spark needs of Java 17."""
    return [
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-XX:+IgnoreUnrecognizedVMOptions",
        "-Djava.net.preferIPv6Addresses=false",
        "-Djdk.reflect.useDirectMethodHandle=false",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
        "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    ]


def s3_settings(endpoint: str) -> dict[str, str]:
    """Settings by which `s3://` is what an endpoint serves, and short runs stay short."""
    a = "spark.hadoop.fs.s3a"
    return {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
        f"{a}.endpoint": endpoint,
        f"{a}.endpoint.region": REGION,
        f"{a}.path.style.access": "true",
        f"{a}.connection.ssl.enabled": "false",
        f"{a}.aws.credentials.provider": (
            "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper"
        ),
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
    }


def environment(found: Home | None, work: Path) -> dict[str, str]:
    """Variables of a process that has a folder of its own, and Spark where it is set up."""
    own = {
        "PATH": os.environ.get("PATH", os.defpath),
        # Where boto3 looks for credentials before it asks for a role's.
        "HOME": str(work),
        "TMPDIR": str(work),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }
    if found is None:
        return own
    return own | {
        "PATH": f"{found.python.parent}{os.pathsep}{own['PATH']}",
        "JAVA_HOME": str(found.java),
        "SPARK_HOME": str(found.spark),
        "SPARK_CONF_DIR": str(work / "conf"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": str(found.python),
    }


def properties(conf: Mapping[str, str]) -> str:
    """Settings as a file of Java properties."""
    lines = []
    for name, value in conf.items():
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
        lines.append(f"{name}={escaped}\n")
    return "".join(lines)
