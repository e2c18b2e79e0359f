"""A run of a job: a process of its own, of Spark or Python, with the rights of the job's role.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-general.html
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import time
import urllib.parse
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.core import access, auth, changes, clients
from local.cloud.core.settings import Settings
from local.cloud.engines.spark import home, submit
from local.cloud.services.glue import rights
from local.cloud.services.glue.jobs import definitions, run_script, state
from local.cloud.services.glue.jobs.logs import RunLogs
from local.cloud.services.glue.rights import PRINCIPAL, role_arn

#: Characters of an ErrorMessage.
MESSAGE_LENGTH = 2048

#: What runs a script.
_RUNNER = str(Path(run_script.__file__))

_settings: Settings

_stops: dict[str, asyncio.Event] = {}

_tasks: set[asyncio.Task[None]] = set()


def start(settings: Settings) -> None:
    """Take note of where runs have their files; those of earlier processes are done with."""
    global _settings
    _settings = settings
    shutil.rmtree(_folder(), ignore_errors=True)


def run(job: dict[str, Any], record: dict[str, Any], arguments: dict[str, str]) -> None:
    """Begin a run; how it ends is written into its record.

    Args:
        job: the job as it was when the run began.
        record: the run.
        arguments: those of the job and of the run.
    """
    _stops[record["Id"]] = asyncio.Event()
    task = asyncio.create_task(_Running(job, record, arguments).to_the_end())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def stop_run(identifier: str) -> None:
    """End a run, where it is at work."""
    if identifier in _stops:
        _stops[identifier].set()


def _folder() -> Path:
    return _settings.state / "glue-runs"


class _Failed(Exception):
    """Why a run failed, as its ErrorMessage tells it."""


class _Running:
    """One run."""

    def __init__(self, job: dict[str, Any], run: dict[str, Any], arguments: dict[str, str]) -> None:
        self._job = job
        self._run = run
        self._arguments = arguments
        self._stop = _stops[run["Id"]]
        self._files = _folder() / run["Id"]

    async def to_the_end(self) -> None:
        """Run it; how it ends is written into the run."""
        end: tuple[str, str | None] = "FAILED", "The service was stopped while the job ran."
        try:
            end = await self._ended()
        except _Failed as error:
            end = "FAILED", str(error)
        except Exception as error:
            end = "FAILED", f"Internal service error : {error!r}"
        finally:
            state.end(self._run, *end)
            _stops.pop(self._run["Id"], None)
            shutil.rmtree(self._files, ignore_errors=True)
            changes.notify()

    async def _ended(self) -> tuple[str, str | None]:
        """Start Spark and wait: the state that the run ends in, and its message."""
        role = role_arn(self._job["Role"])
        source = rights.arn(f"job/{self._job['Name']}")
        try:
            caller = clients.Caller(role, PRINCIPAL, source).renewed()
        except auth.Denied as denied:
            raise _Failed(
                f"Role {role} should be given assume role permissions for Glue Service: {denied}"
            ) from denied
        self._files.mkdir(parents=True, mode=0o700)
        await asyncio.to_thread(self._read_security, caller)
        source_file = await asyncio.to_thread(self._script, caller)
        logs = RunLogs(caller, self._run, self._arguments)
        stdout, stderr = self._files / "stdout", self._files / "stderr"
        for file in (stdout, stderr):
            file.touch()
        if self._stop.is_set():
            return "STOPPED", None
        submission = await self._submitted(source_file, role, source, stdout, stderr)
        try:
            if self._run["JobRunState"] == "STARTING":
                self._run["JobRunState"] = "RUNNING"
            self._run["_began"] = self._run["LastModifiedOn"] = time.time()
            changes.notify()
            copying = asyncio.create_task(logs.follow(stdout, stderr))
            ended = asyncio.create_task(submission.wait())
            stopping = asyncio.create_task(self._stop.wait())
            done, _ = await asyncio.wait(
                {ended, stopping},
                timeout=self._run["Timeout"] * 60,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            # Whatever happened: nothing of a run outlives it.
            await submission.stop()
        stopping.cancel()
        copying.cancel()
        await asyncio.wait({copying})
        await asyncio.to_thread(logs.copy, stdout, stderr)
        if stopping in done:
            return "STOPPED", None
        if not done:
            return "TIMEOUT", f"Job run exceeded its Timeout of {self._run['Timeout']} minutes"
        status = await ended
        if status == 0:
            return "SUCCEEDED", None
        said = _error_message(status, self._files / "report")
        return "FAILED", access.explained(said, role, self._run["_began"])[:MESSAGE_LENGTH]

    def _read_security(self, caller: clients.Caller) -> None:
        """Read the security configuration, as the role."""
        if security := self._run.get("SecurityConfiguration"):
            try:
                caller.client("glue").get_security_configuration(Name=security)
            except (ClientError, BotoCoreError) as error:
                raise _Failed(f"LAUNCH ERROR | {error}") from error

    def _script(self, caller: clients.Caller) -> Path:
        """Take the script from S3, as the role."""
        where = urllib.parse.urlparse(self._job["Command"]["ScriptLocation"])
        key = where.path.lstrip("/")
        try:
            body = caller.client("s3").get_object(Bucket=where.netloc, Key=key)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise _Failed(
                f"LAUNCH ERROR | Error downloading from S3 for bucket: {where.netloc}, key: {key}. "
                f"{error}"
            ) from error
        path = self._files / (key.rsplit("/", 1)[-1] or "script.py")
        path.write_bytes(body)
        return path

    async def _submitted(
        self, source_file: Path, role: str, source: str, stdout: Path, stderr: Path
    ) -> submit.Submission:
        shell = self._job["Command"]["Name"] == definitions.SHELL
        # A Python shell job is not told its name.
        named = {
            "--JOB_NAME": self._job["Name"],
            "--JOB_ID": self._run["Id"],
            "--JOB_RUN_ID": self._run["Id"],
        }
        given = {
            **({} if shell else named),
            **{name: value for name, value in self._arguments.items() if name != "--conf"},
        }
        version = {"GLUE_VERSION": self._job["GlueVersion"]} if "GlueVersion" in self._job else {}
        python = {run_script.PYTHON: definitions.SHELL_PYTHON} if shell else {}
        start = submit.python if shell else submit.submit
        try:
            return await start(
                [_RUNNER, str(source_file), *(part for pair in given.items() for part in pair)],
                conf=_conf(self._arguments.get("--conf", "")),
                credentials_env=_credentials(role, source),
                stdout=stdout,
                stderr=stderr,
                extra_env={
                    **version,
                    **python,
                    run_script.REPORT: str(self._files / "report"),
                },
            )
        except home.Unavailable as error:
            raise _Failed(f"LAUNCH ERROR | {error}") from error


def _conf(text: str) -> dict[str, str]:
    """Spark's settings in `--conf`: more than one as `a=b --conf c=d`.

    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
    """
    parts = [part for part in shlex.split(text) if part != "--conf"]
    return dict(part.split("=", 1) for part in parts)


def _credentials(role: str, source: str) -> dict[str, str]:
    """Where a run's process gets its role from, again and again."""
    query = urllib.parse.urlencode({"role": role, "service": PRINCIPAL, "source": source})
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": (
            f"http://127.0.0.1:{_settings.port}/_local/credentials?{query}"
        ),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": auth.route_token(_settings, PRINCIPAL, role, source),
    }


def _error_message(status: int, report: Path) -> str:
    """The last exception of the script without the stack of Java's, as Glue has it."""
    if not report.exists():
        return f"Command failed with exit code {status}"
    lines = []
    for line in report.read_text(errors="replace").splitlines():
        if line.startswith("\tat "):
            break
        lines.append(line)
    return "\n".join(lines)
