"""Steps of EMR: a step is a process of its own, with the rights of the cluster's nodes.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-work-with-steps.html
"""

from __future__ import annotations

import asyncio
import gzip
import re
import shlex
import shutil
import signal
import sys
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import spark
from local.cloud.core import access, auth, clients, seam
from local.cloud.core.settings import Settings
from local.cloud.emr_request import NODE_PRINCIPAL

#: The jar that runs a command on the primary node; https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-commandrunner.html
COMMAND_RUNNER = "command-runner.jar"

#: Files of a step's log; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-view-web-log-files.html
LOGS = ("controller", "stdout", "stderr")

#: Seconds between two writes of a running step's log to S3.
LOG_SECONDS = 300

#: States that a step can be cancelled in.
CANCELLABLE = ("PENDING", "RUNNING")

#: Seconds for a step to end when its cluster does.
GRACE_SECONDS = 2

#: Bytes at the end of a log in which the cause of a failure is looked for.
_TAIL = 1_000_000

#: Characters of FailureDetails' message.
_MESSAGE = 1024

#: Lines that tell where Java was, and those of Spark's own log as well.
_IN_TRACE = re.compile(r"\tat |\t\.\.\. \d+ more")
_LOGGED = re.compile(
    r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) |" + _IN_TRACE.pattern
)

_settings: Settings


def install(settings: Settings) -> None:
    """Take note of where steps have their files; those of earlier processes are done with."""
    global _settings
    _settings = settings
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return _settings.state / "emr-steps"


def made(identifier: str, given: dict[str, Any]) -> dict[str, Any]:
    """A step as it is kept, from what a request says of it."""
    jar = given["HadoopJarStep"]
    return {
        "Id": identifier,
        "Name": given["Name"],
        "Config": {
            "Jar": jar["Jar"],
            "Properties": {p["Key"]: p.get("Value", "") for p in jar.get("Properties") or []},
            **({"MainClass": jar["MainClass"]} if jar.get("MainClass") else {}),
            "Args": list(jar.get("Args") or []),
        },
        "ActionOnFailure": given.get("ActionOnFailure", "CONTINUE"),
        "Status": {
            "State": "PENDING",
            "StateChangeReason": {},
            "Timeline": {"CreationDateTime": time.time()},
        },
    }


def end(step: dict[str, Any], state: str, reason: str = "", **details: str) -> None:
    """Write down how a step ended.

    Args:
        step: the step.
        state: COMPLETED, FAILED or CANCELLED.
        reason: message of the state's change.
        details: FailureDetails, of a step that failed.
    """
    status = step["Status"]
    status["State"] = state
    status["StateChangeReason"] = {"Code": "NONE", "Message": reason} if reason else {}
    status["Timeline"]["EndDateTime"] = time.time()
    if details:
        status["FailureDetails"] = details
    seam.changed()


def node_credentials(cluster: dict[str, Any]) -> dict[str, str]:
    """Variables by which a process gets the role of a cluster's nodes, again and again."""
    role = cluster["_role"]
    query = urllib.parse.urlencode({"role": role, "service": NODE_PRINCIPAL})
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": (
            f"http://127.0.0.1:{_settings.port}/_local/credentials?{query}"
        ),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": auth.route_token(_settings, NODE_PRINCIPAL, role),
    }


class _Failed(Exception):
    """Why a step could not even be started; `log` is the file that tells it."""

    def __init__(self, reason: str, message: str, log: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.log = log


class Running:
    """A step that runs."""

    def __init__(self, cluster: dict[str, Any], step: dict[str, Any], number: int) -> None:
        self.step = step
        self._cluster = cluster
        self._number = number
        self._files = _folder() / cluster["Id"] / step["Id"]
        self._submission: spark.Submission | None = None
        self._stop: signal.Signals | None = None
        self._ended = asyncio.Event()
        #: Message of the state CANCELLED, once that is where it goes.
        self._cancelled: str | None = None
        self._began = time.time()
        step["Status"]["State"] = "RUNNING"
        step["Status"]["Timeline"]["StartDateTime"] = self._began
        seam.changed()

    def cancel(self, option: str) -> None:
        """Cancel it: by SIGTERM, which it may heed late or never, or by SIGKILL.

        https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-cancel-steps.html
        """
        self._cancelled = "Cancelled by user"
        self.step["Status"]["State"] = "CANCEL_PENDING"
        self._signal(signal.SIGKILL if option == "TERMINATE_PROCESS" else signal.SIGTERM)
        seam.changed()

    async def end_with_cluster(self) -> None:
        """End it since its cluster ends, and wait for that."""
        self._cancelled = self._cancelled or "Job terminated"
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._ended.wait(), GRACE_SECONDS)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._ended.wait()

    def _signal(self, signum: signal.Signals) -> None:
        self._stop = signum
        if self._submission is not None:
            self._submission.signal(signum)

    async def to_the_end(self) -> None:
        """Run it; how it ends is written into the step."""
        state, reason, details = "FAILED", "", {"Reason": "Unknown Error."}
        try:
            self._files.mkdir(parents=True, mode=0o700)
            for name in LOGS:
                (self._files / name).touch()
            state, details = await self._ran()
        except _Failed as error:
            self._note("WARN", str(error))
            details = self._details(error.reason, str(error), error.log)
        except Exception as error:
            self._note("ERROR", repr(error))
            details = self._details("Internal error.", repr(error), "controller")
        if self._cancelled is not None:
            state, reason, details = "CANCELLED", self._cancelled, {}
        await asyncio.to_thread(self._upload)
        end(self.step, state, reason, **details)
        shutil.rmtree(self._files, ignore_errors=True)
        self._ended.set()

    async def _ran(self) -> tuple[str, dict[str, str]]:
        """Start the command and wait: the state that the step ends in, and FailureDetails."""
        config = self.step["Config"]
        self._note("INFO", f"Ensure step {self._number} jar file {config['Jar']}")
        if config["Jar"].rsplit("/", 1)[-1] != COMMAND_RUNNER:
            raise _Failed(
                "The jar cannot be run.",
                f"{config['Jar']} is not supported by the local cloud, which runs {COMMAND_RUNNER}",
                "controller",
            )
        if not config["Args"]:
            raise _Failed(
                "There is no command.", f"{COMMAND_RUNNER} needs a command in Args", "controller"
            )
        self._note("INFO", f"startExec 'hadoop jar {COMMAND_RUNNER} {shlex.join(config['Args'])}'")
        if self._stop is not None:
            return "CANCELLED", {}
        self._submission = await self._submitted(config["Args"])
        if self._stop is not None:
            self._submission.signal(self._stop)
        self._note("INFO", f"ProcessRunner started child process {self._submission.pid}")
        ended = asyncio.ensure_future(self._submission.wait())
        try:
            while not (await asyncio.wait({ended}, timeout=LOG_SECONDS))[0]:
                await asyncio.to_thread(self._upload)
        finally:
            if not ended.done():
                await self._submission.stop(0)
        status = ended.result()
        took = f"and took {int(time.time() - self._began)} seconds"
        self._note("INFO", f"waitProcessCompletion ended with exit code {status}")
        if status == 0:
            self._note("INFO", f"Step succeeded with exitCode 0 {took}")
            return "COMPLETED", {}
        self._note("WARN", f"Step failed with exitCode {status} {took}")
        said, log = last_words(*(self._tail(name) for name in ("stdout", "stderr")))
        said = said or f"The command ended with exit code {status}"
        said = access.explained(said, self._cluster["_role"], self._began)
        return "FAILED", self._details("Unknown Error.", said, log or "stderr")

    def _tail(self, name: str) -> str:
        """The end of a file of the log."""
        with (self._files / name).open("rb") as file:
            file.seek(max(0, (self._files / name).stat().st_size - _TAIL))
            return file.read().decode(errors="replace")

    async def _submitted(self, arguments: list[str]) -> spark.Submission:
        defaults = properties(self._cluster, "spark-defaults")
        run: dict[str, Any] = {
            "credentials_env": node_credentials(self._cluster),
            "stdout": self._files / "stdout",
            "stderr": self._files / "stderr",
            "extra_env": properties(self._cluster, "spark-env", "export"),
        }
        if arguments[0] != "spark-submit":
            return await spark.run(arguments, **run)
        if "Spark" not in {application["Name"] for application in self._cluster["Applications"]}:
            raise _Failed(
                "Unknown Error.",
                'Cannot run program "spark-submit": error=2, No such file or directory '
                "(the cluster's Applications lack Spark)",
                "controller",
            )
        try:
            return await spark.submit(arguments[1:], conf=defaults, **run)
        except spark.Unavailable as error:
            raise _Failed("Unknown Error.", str(error), "controller") from error

    def _details(self, reason: str, message: str, log: str) -> dict[str, str]:
        """FailureDetails; https://docs.aws.amazon.com/emr/latest/APIReference/API_FailureDetails.html"""
        details = {"Reason": reason, "Message": message[:_MESSAGE]}
        if "LogUri" in self._cluster:
            details["LogFile"] = f"{self._cluster['LogUri'].rstrip('/')}/{self._log_key(log)}"
        return details

    def _log_key(self, name: str) -> str:
        return f"{self._cluster['Id']}/steps/{self.step['Id']}/{name}.gz"

    def _note(self, level: str, text: str) -> None:
        """Write a line of the controller's log."""
        now = time.time()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        with (self._files / "controller").open("a") as file:
            file.write(f"{moment}.{int(now * 1000) % 1000:03}Z {level} {text}\n")

    def _upload(self) -> None:
        """Put the logs where the cluster's LogUri says, as the nodes do.

        A role that may not has no logs, as on AWS: the step ends as it would have.
        """
        if "LogUri" not in self._cluster:
            return
        where = urllib.parse.urlparse(self._cluster["LogUri"])
        prefix = where.path.strip("/")
        key = self._cluster.get("LogEncryptionKmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        caller = clients.Caller(self._cluster["_role"], NODE_PRINCIPAL, self._cluster["ClusterArn"])
        try:
            s3 = caller.client("s3")
            for name in LOGS:
                s3.put_object(
                    Bucket=where.netloc,
                    Key="/".join(filter(None, (prefix, self._log_key(name)))),
                    Body=gzip.compress((self._files / name).read_bytes()),
                    **encryption,
                )
        except (ClientError, BotoCoreError, auth.Denied, OSError) as error:
            print(f"the log of {self.step['Id']} is not in S3: {error}", file=sys.stderr)


def properties(cluster: Mapping[str, Any], *path: str) -> dict[str, str]:
    """The properties of a configuration classification of a cluster.

    https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-configure-apps.html
    """
    found: dict[str, str] = {}
    level = [cluster]
    for name in path:
        level = [
            one
            for outer in level
            for one in outer.get("Configurations") or []
            if one.get("Classification") == name
        ]
    for one in level:
        found |= one.get("Properties") or {}
    return found


def last_words(stdout: str, stderr: str) -> tuple[str, str]:
    """What a command says at last, and the file that says it; both empty where nothing is said.

    `spark-submit` puts all that a Python script writes into its output: the cause may be there.
    """
    files = {"stderr": stderr, "stdout": stdout}
    for find in (_exception, _end_of_thread, _plain):
        for name, text in files.items():
            found = find([line for line in text.splitlines() if line.strip()])
            if found:
                return "\n".join(found), name
    return "", ""


def _exception(lines: list[str]) -> list[str]:
    """The last exception of Python: its head, and its message."""
    starts = [n for n, line in enumerate(lines) if line.startswith("Traceback (most recent")]
    if not starts:
        return []
    rest = lines[starts[-1] + 1 :]
    head = next((n for n, line in enumerate(rest) if not line[0].isspace()), len(rest))
    ends = (n for n, line in enumerate(rest) if n > head and _LOGGED.match(line))
    return rest[head : next(ends, len(rest))][:10]


def _end_of_thread(lines: list[str]) -> list[str]:
    """The exception of Java that the command ended by."""
    starts = [n for n, line in enumerate(lines) if line.startswith("Exception in thread")]
    if not starts:
        return []
    ends = (n for n, line in enumerate(lines) if n > starts[-1] and _LOGGED.match(line))
    return lines[starts[-1] : next(ends, len(lines))][:10]


def _plain(lines: list[str]) -> list[str]:
    """The last lines that are neither of Spark's log nor of an exception in it."""
    return [
        line
        for line, after in zip(lines, [*lines[1:], ""], strict=False)
        if not _LOGGED.match(line) and not _IN_TRACE.match(after)
    ][-3:]
