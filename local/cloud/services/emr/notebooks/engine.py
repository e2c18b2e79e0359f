"""The life of a notebook's execution, from the notebook in S3 to the executed one.

As on EMR, the notebook itself is read and written with the service role of the execution, and its
code runs on the cluster: with the role of the cluster's nodes, and no other.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.core import access, auth, changes, clients
from local.cloud.core.settings import Settings
from local.cloud.engines.spark import submit
from local.cloud.engines.spark.home import Unavailable
from local.cloud.engines.spark.process import Submission
from local.cloud.services.emr import nodes
from local.cloud.services.emr.clusters import engine as clusters
from local.cloud.services.emr.clusters.rights import PRINCIPAL, notebook_problem
from local.cloud.services.emr.notebooks import run_notebook, state
from local.cloud.services.emr.words import last_words

#: The states before them.
_BEFORE = {"FINISHED": "FINISHING", "FAILED": "FAILING", "STOPPED": "STOPPING"}

#: Seconds for the kernel to end, and for what it did to be written down.
GRACE_SECONDS = 5

#: What runs the notebook.
_RUNNER = str(Path(run_notebook.__file__))

_TYPES = {".ipynb": "application/x-ipynb+json", ".html": "text/html; charset=utf-8"}

#: What is at work, by the ids of the executions.
running: dict[str, Execution] = {}

_tasks: set[asyncio.Task[None]] = set()

_settings: Settings


def start(settings: Settings) -> None:
    """Take note of where executions have their files; those of earlier processes are done with."""
    global _settings
    _settings = settings
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return _settings.state / "emr-notebooks"


class _Failed(Exception):
    """Why an execution fails."""


class Execution:
    """An execution that is at work."""

    def __init__(self, cluster: dict[str, Any], record: dict[str, Any]) -> None:
        self._cluster = cluster
        self._record = record
        self._life = clusters.lives[cluster["Id"]]
        self._files = _folder() / record["NotebookExecutionId"]
        self._service = clients.Caller(record["_serviceRole"], PRINCIPAL, record["Arn"])
        self._submission: Submission | None = None
        self._ended = asyncio.Event()
        #: Set when it is to end before it is done: by a user, or with its cluster.
        self._stop = asyncio.Event()
        self._cluster_ends: str | None = None

    def start(self) -> None:
        """Begin."""
        running[self._record["NotebookExecutionId"]] = self
        self._life.attach(self)
        task = asyncio.create_task(self._to_the_end())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    def stop(self) -> bool:
        """Stop it, since a user wants it; whether that is possible still."""
        if self._record["Status"] in ("START_PENDING", "STARTING", "RUNNING"):
            self._enter("STOP_PENDING")
            self._stop.set()
        return self._record["Status"] in ("STOP_PENDING", "STOPPING")

    async def end_with_cluster(self, reason: str) -> None:
        """End it since its cluster ends, and wait for that."""
        self._cluster_ends = f"The cluster was terminated: {reason}."
        self._stop.set()
        await self._ended.wait()

    def _enter(self, status: str) -> None:
        self._record["Status"] = status
        changes.notify()

    async def _to_the_end(self) -> None:
        """Run it; how it ends is written into its record."""
        ended, reason = "FINISHED", ""
        try:
            self._files.mkdir(parents=True, mode=0o700)
            await self._ran()
        except _Failed as failed:
            ended, reason = "FAILED", str(failed)
        except Exception as error:
            ended, reason = "FAILED", f"Internal error: {error!r}"
        if self._stop.is_set() and ended != "FINISHED":
            ended, reason = "STOPPED", ""
            if self._cluster_ends is not None:
                ended, reason = "FAILED", self._cluster_ends
        self._enter(_BEFORE[ended])
        try:
            unwritten = await asyncio.to_thread(self._upload)
        except Exception as error:
            unwritten = f"Internal error: {error!r}"
        if unwritten is not None:
            ended = "FAILED" if ended == "FINISHED" else ended
            reason = f"{reason} The executed notebook was not written: {unwritten}".strip()
        await asyncio.to_thread(shutil.rmtree, self._files, True)
        # What was vended is no longer needed.
        self._service.anew()
        state.end(self._record, ended, reason)
        running.pop(self._record["NotebookExecutionId"], None)
        self._life.detach(self)
        self._ended.set()

    async def _ran(self) -> None:
        """Raises _Failed where the notebook does not come to its end."""
        if not self._stop.is_set():
            self._enter("STARTING")
            self._reach()
            await asyncio.to_thread(self._fetch)
        if self._stop.is_set():
            raise _Failed("It was stopped before it began.")
        began = time.time()
        self._submission = await self._submitted()
        if not self._stop.is_set():
            self._enter("RUNNING")
        waits = asyncio.ensure_future(self._submission.wait())
        stops = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({waits, stops}, return_when=asyncio.FIRST_COMPLETED)
            if not waits.done():
                # The kernel and its JVM end; what runs the notebook writes down what they did.
                self._submission.signal(signal.SIGTERM)
                await asyncio.wait({waits}, timeout=GRACE_SECONDS)
        finally:
            stops.cancel()
            if not waits.done():
                await self._submission.stop(0)
        try:
            self._judge(await waits)
        except _Failed as failed:
            raise _Failed(access.explained(str(failed), self._cluster["_role"], began)) from failed

    def _reach(self) -> None:
        """Raises _Failed where the service role cannot be had, or may not reach the cluster."""
        group = self._record.get("NotebookInstanceSecurityGroupId", "")
        try:
            vended = self._service.anew().credentials()
        except auth.Denied as denied:
            raise _Failed(str(denied)) from denied
        problem = notebook_problem(self._cluster, vended, group)
        if problem is not None:
            role = self._record["_serviceRole"]
            raise _Failed(f"Service role {role} has insufficient permissions: {problem}")

    def _fetch(self) -> None:
        """Read the notebook, with the service role."""
        where = self._record["NotebookS3Location"]
        try:
            s3 = self._service.client("s3")
            body = s3.get_object(Bucket=where["Bucket"], Key=where["Key"])["Body"].read()
        except (ClientError, BotoCoreError, auth.Denied) as error:
            raise _Failed(
                f"The notebook s3://{where['Bucket']}/{where['Key']} could not be read: {error}"
            ) from error
        (self._files / run_notebook.INPUT).write_bytes(body)

    async def _submitted(self) -> Submission:
        source = self._record["NotebookS3Location"]
        request = {
            "parameters": json.loads(self._record.get("NotebookParams") or "{}"),
            "html": self._record.get("OutputNotebookFormat") == "HTML",
            # What papermill writes into the notebook.
            "paths": {
                "input_path": f"s3://{source['Bucket']}/{source['Key']}",
                "output_path": self._output(),
            },
        }
        (self._files / run_notebook.REQUEST).write_text(json.dumps(request))
        log = self._files / run_notebook.LOG
        try:
            return await submit.python(
                ["-P", _RUNNER, str(self._files)],
                conf=nodes.properties(self._cluster, "spark-defaults"),
                credentials_env=nodes.credentials(self._cluster),
                stdout=log,
                stderr=log,
                extra_env={
                    **nodes.properties(self._cluster, "spark-env", "export"),
                    **self._record.get("EnvironmentVariables", {}),
                },
            )
        except Unavailable as error:
            raise _Failed(str(error)) from error

    def _judge(self, status: int) -> None:
        """Raises _Failed where the notebook ended by an error, or was ended."""
        result = self._files / run_notebook.RESULT
        error = f"What ran the notebook ended with exit code {status}."
        if result.exists():
            error = json.loads(result.read_text())["error"]
            if error is None:
                return
            if "Kernel died" not in error:
                raise _Failed(error)
        log = (self._files / run_notebook.LOG).read_text(errors="replace")
        said, _ = last_words("", log)
        raise _Failed(f"{error} {said}".strip())

    def _output(self) -> str:
        """Where the executed notebook goes.

        OutputNotebookS3Location is a prefix, below which each execution has a folder of its own, as
        those of an editor have in its folder.
        https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-headless-cli.html
        """
        name = self._record["NotebookS3Location"]["Key"].rsplit("/", 1)[-1]
        where = self._record["OutputNotebookS3Location"]
        folder = f"{where['Key'].strip('/')}/executions/{self._record['NotebookExecutionId']}"
        return f"s3://{where['Bucket']}/{folder.lstrip('/')}/{name}"

    def _upload(self) -> str | None:
        """Write what there is of the executed notebook, with the service role.

        Returns:
            What was in the way, if anything was.
        """
        for file in (run_notebook.OUTPUT, run_notebook.PAGE):
            executed = self._files / file
            if not _is_whole(executed):
                continue
            uri = self._output().removesuffix(".ipynb") + executed.suffix
            bucket, key = uri.removeprefix("s3://").split("/", 1)
            try:
                self._service.client("s3").put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=executed.read_bytes(),
                    ContentType=_TYPES[executed.suffix],
                )
            except (ClientError, BotoCoreError, auth.Denied) as error:
                return f"{uri}: {error}"
            self._record["OutputNotebookURI"] = self._output()
        return None


def _is_whole(file: Path) -> bool:
    """Whether a file is there, and was not being written when its writer was killed."""
    if not file.exists():
        return False
    try:
        return file.suffix != ".ipynb" or isinstance(json.loads(file.read_bytes()), dict)
    except ValueError:
        return False
