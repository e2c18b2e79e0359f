"""A step that runs: a process of its own, with the rights of the cluster's nodes.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-work-with-steps.html
"""

from __future__ import annotations

import asyncio
import gzip
import shlex
import shutil
import signal
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.core import access, auth, changes, clients
from local.cloud.core.settings import Settings
from local.cloud.engines.spark import submit
from local.cloud.engines.spark.home import Unavailable
from local.cloud.engines.spark.process import Submission
from local.cloud.services.emr import nodes
from local.cloud.services.emr.clusters.rights import NODE_PRINCIPAL
from local.cloud.services.emr.steps import state
from local.cloud.services.emr.words import last_words

#: The jar that runs a command on the primary node; https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-commandrunner.html
COMMAND_RUNNER = "command-runner.jar"

#: Files of a step's log; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-view-web-log-files.html
LOGS = ("controller", "stdout", "stderr")

#: Seconds between two writes of a running step's log to S3.
LOG_SECONDS = 300

#: Seconds for a step to end when its cluster does.
GRACE_SECONDS = 2

#: Bytes at the end of a log in which the cause of a failure is looked for.
_TAIL = 1_000_000

#: Characters of FailureDetails' message.
_MESSAGE = 1024

_settings: Settings


def start(settings: Settings) -> None:
    """Take note of where steps have their files; those of earlier processes are done with."""
    global _settings
    _settings = settings
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return _settings.state / "emr-steps"


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
        self._submission: Submission | None = None
        self._stop: signal.Signals | None = None
        self._ended = asyncio.Event()
        #: Message of the state CANCELLED, once that is where it goes.
        self._cancelled: str | None = None
        self._began = time.time()
        step["Status"]["State"] = "RUNNING"
        step["Status"]["Timeline"]["StartDateTime"] = self._began
        changes.notify()

    def cancel(self, option: str) -> None:
        """Cancel it: by SIGTERM, which it may heed late or never, or by SIGKILL.

        https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-cancel-steps.html
        """
        self._cancelled = "Cancelled by user"
        self.step["Status"]["State"] = "CANCEL_PENDING"
        self._signal(signal.SIGKILL if option == "TERMINATE_PROCESS" else signal.SIGTERM)
        changes.notify()

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
        ended, reason, details = "FAILED", "", {"Reason": "Unknown Error."}
        try:
            self._files.mkdir(parents=True, mode=0o700)
            for name in LOGS:
                (self._files / name).touch()
            ended, details = await self._ran()
        except _Failed as error:
            self._note("WARN", str(error))
            details = self._details(error.reason, str(error), error.log)
        except Exception as error:
            self._note("ERROR", repr(error))
            details = self._details("Internal error.", repr(error), "controller")
        if self._cancelled is not None:
            ended, reason, details = "CANCELLED", self._cancelled, {}
        await asyncio.to_thread(self._upload)
        state.end(self.step, ended, reason, **details)
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

    async def _submitted(self, arguments: list[str]) -> Submission:
        defaults = nodes.properties(self._cluster, "spark-defaults")
        run: dict[str, Any] = {
            "credentials_env": nodes.credentials(self._cluster),
            "stdout": self._files / "stdout",
            "stderr": self._files / "stderr",
            "extra_env": nodes.properties(self._cluster, "spark-env", "export"),
        }
        if arguments[0] != "spark-submit":
            return await submit.run(arguments, **run)
        if "Spark" not in {application["Name"] for application in self._cluster["Applications"]}:
            raise _Failed(
                "Unknown Error.",
                'Cannot run program "spark-submit": error=2, No such file or directory '
                "(the cluster's Applications lack Spark)",
                "controller",
            )
        try:
            return await submit.submit(arguments[1:], conf=defaults, **run)
        except Unavailable as error:
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
