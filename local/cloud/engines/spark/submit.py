"""What EMR's steps and notebooks and Glue's jobs run: `spark-submit`, Spark's Python, a command.

Credentials are a role's, which the process takes anew whenever they end.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.cloud.engines.spark import home, jvm, process
from local.cloud.engines.spark.home import Home, Unavailable
from local.cloud.engines.spark.process import Submission

#: Options of spark-submit without a value.
_FLAGS = {"--help", "-h", "--supervise", "--usage-error", "--verbose", "-v", "--version"}

#: Options that are settings of the JVM, which is started here, by the setting that says the same.
_OF_JVM = {
    "--driver-class-path": "spark.driver.extraClassPath",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--driver-memory": "spark.driver.memory",
}


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
    found = home.find()
    options, rest = options_of(script_arguments)
    settings = {**conf, **dict(v.split("=", 1) for n, v in options if n == "--conf" and "=" in v)}
    settings.update((_OF_JVM[name], value) for name, value in options if name in _OF_JVM)
    work = process.folder()
    (work / "conf").mkdir()
    (work / "conf" / "spark-defaults.conf").write_text(jvm.properties(conf))
    kept = [
        part
        for name, value in options
        if name not in ("--master", "--deploy-mode")
        for part in ([name] if name in _FLAGS else [name, value])
    ]
    own = {
        "spark.master": jvm.MASTER,
        "spark.submit.deployMode": "client",
        **jvm.s3_settings(process.endpoint()),
    }
    spark = _spark_home(found, work)
    (spark / "bin").symlink_to(found.spark / "bin")
    command = [
        *jvm.java(found, settings, work),
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
    more = {**(extra_env or {}), "SPARK_HOME": str(spark)}
    return await process.started(command, found, work, credentials_env, more, stdout, stderr)


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
    found = home.find()
    work = process.folder()
    (work / "conf").mkdir()
    own = {"spark.submit.deployMode": "client", "spark.master": jvm.MASTER}
    settings = {**jvm.s3_settings(process.endpoint()), **conf, **own}
    (work / "conf" / "spark-defaults.conf").write_text(jvm.properties(settings))
    # What pyspark starts for its JVM: the JVM itself, not one more that finds out how.
    spark = _spark_home(found, work)
    submit = spark / "bin" / "spark-submit"
    submit.parent.mkdir()
    java = [*jvm.java(found, settings, work), "org.apache.spark.deploy.SparkSubmit"]
    submit.write_text(f'#!/bin/sh\nexec {shlex.join(java)} "$@"\n')
    submit.chmod(0o700)
    command = [str(found.python), *arguments]
    more = {**(extra_env or {}), "SPARK_HOME": str(spark)}
    return await process.started(command, found, work, credentials_env, more, stdout, stderr)


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
        found = home.find()
    except Unavailable:
        found = None
    return await process.started(
        command, found, process.folder(), credentials_env, extra_env or {}, stdout, stderr
    )


def _spark_home(found: Home, work: Path) -> Path:
    """A `SPARK_HOME` without programs, and without the archives of Spark's Python packages.

    Of an archive Python compiles all that it imports at each start. Without one it finds the same
    packages where they are installed, compiled once.
    """
    folder = work / "spark"
    folder.mkdir()
    for part in found.spark.iterdir():
        if part.name not in ("bin", "python"):
            (folder / part.name).symlink_to(part)
    return folder


def _option(name: str, value: str) -> list[str]:
    return ["--conf", f"{name}={value}"]


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
