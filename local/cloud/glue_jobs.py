"""Glue's jobs: a run is a Spark process of its own, with the rights of the job's role.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shlex
import shutil
import threading
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import glue, iam

from local.cloud import glue_script, spark
from local.cloud.core import access, auth, clients, seam
from local.cloud.core.settings import ACCOUNT, REGION, Settings

PRINCIPAL = "glue.amazonaws.com"

LOG_GROUP = "/aws-glue/jobs"

#: Those that run the Spark that is here; https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
VERSIONS = ("5.0", "5.1")

#: Data processing units of a worker; https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
WORKERS = {"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16}

#: Minutes of a run when nothing is said, with Glue 5; https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
TIMEOUT_MINUTES = 480

#: Seconds between two writes of a run's log.
LOG_SECONDS = 2

#: Bytes of one write of a log; the API's limit is 1 MiB.
LOG_BYTES = 500_000

#: Characters of an ErrorMessage.
MESSAGE_LENGTH = 2048

#: Runs that GetJobRuns gives at once.
PAGE = 200

#: What runs a script.
_RUNNER = str(Path(glue_script.__file__))

_ACTIVE = ("STARTING", "RUNNING", "STOPPING")

#: Arguments that this cloud would only pretend to heed, and what to do without them.
#: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
_UNKNOWN = {
    "--additional-python-modules": "the job has the packages of local/spark alone",
    "--datalake-formats": "the job has no jars of Hudi, Iceberg or Delta",
    "--extra-files": "put what the job reads into S3",
    "--extra-jars": "the job has Spark's own jars alone",
    "--extra-py-files": "put the job into one file",
    "--python-modules-installer-option": "the job has the packages of local/spark alone",
    "--user-jars-first": "the job has Spark's own jars alone",
}

_settings: Settings
_stops: dict[str, asyncio.Event] = {}
_tasks: set[asyncio.Task[None]] = set()


def install(settings: Settings) -> None:
    """Take note of where runs have their files; those of earlier processes are done with."""
    global _settings
    _settings = settings
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return _settings.state / "glue-runs"


def _invalid(message: str) -> seam.ServiceError:
    return seam.ServiceError("InvalidInputException", message)


# Jobs.


def _create(content: dict[str, Any]) -> dict[str, Any]:
    name = content["Name"]
    if name in glue._jobs:
        raise seam.ServiceError("AlreadyExistsException", f"Job with name {name} already exists")
    glue._jobs[name] = {**_job(name, content), "CreatedOn": time.time()}
    glue._job_runs[name] = []
    if content.get("Tags"):
        glue._tags[glue._arn("job", name)] = dict(content["Tags"])
    return {"Name": name}


def _job(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """A job as it is kept; what is not said has Glue's default."""
    given = {key: value for key, value in content.items() if value is not None and key != "Tags"}
    command = given.get("Command") or {}
    if command.get("Name") != "glueetl":
        raise _invalid(
            f"Command.Name is {command.get('Name')!r}: the local cloud runs Spark jobs, glueetl"
        )
    script = command.get("ScriptLocation") or ""
    if urllib.parse.urlparse(script).scheme != "s3":
        raise _invalid(f"Command.ScriptLocation {script!r} must begin with s3://")
    if not given.get("Role"):
        raise _invalid("Role is required")
    version = given.get("GlueVersion", VERSIONS[-1])
    if version not in VERSIONS:
        raise _invalid(
            f"GlueVersion {version} is not supported by the local cloud: use {', '.join(VERSIONS)}"
        )
    if given.get("MaxRetries"):
        raise _invalid(
            f"MaxRetries is {given['MaxRetries']}: the local cloud starts no run by itself; "
            "use 0 and try again where the job is started"
        )
    sized = "WorkerType" in given or "NumberOfWorkers" in given
    if sized and ("MaxCapacity" in given or "AllocatedCapacity" in given):
        raise _invalid("Please do not set Max Capacity if using Worker Type and Number of Workers.")
    worker, number = given.get("WorkerType", "G.1X"), given.get("NumberOfWorkers", 10)
    if worker not in WORKERS:
        raise _invalid(f"WorkerType {worker} is not one of {', '.join(WORKERS)}")
    if number < 2:
        raise _invalid(f"NumberOfWorkers is {number}; a Spark job has 2 at least")
    capacity = given.get("MaxCapacity") or given.get("AllocatedCapacity")
    capacity = float(capacity or WORKERS[worker] * number)
    size = {} if given.get("MaxCapacity") else {"WorkerType": worker, "NumberOfWorkers": number}
    return {
        "JobMode": "SCRIPT",
        "ExecutionClass": "STANDARD",
        "MaxRetries": 0,
        "Timeout": TIMEOUT_MINUTES,
        **given,
        **size,
        "Name": name,
        "ExecutionProperty": {"MaxConcurrentRuns": 1, **(given.get("ExecutionProperty") or {})},
        "GlueVersion": version,
        "AllocatedCapacity": int(capacity),
        "MaxCapacity": capacity,
        "LastModifiedOn": time.time(),
    }


def _known(name: str) -> dict[str, Any]:
    job = glue._jobs.get(name)
    if job is None:
        raise seam.ServiceError(
            "EntityNotFoundException", f"Failed to find job {name}: there is no such job"
        )
    return job


def _update(content: dict[str, Any]) -> dict[str, Any]:
    """Put a definition in the place of the old one: what is not said has its default again."""
    name = content["JobName"]
    old = _known(name)
    glue._jobs[name] = {**_job(name, content["JobUpdate"]), "CreatedOn": old["CreatedOn"]}
    return {"JobName": name}


def _get(content: dict[str, Any]) -> dict[str, Any]:
    return {"Job": _known(content["JobName"])}


def _get_all(_content: dict[str, Any]) -> dict[str, Any]:
    return {"Jobs": list(glue._jobs.values())}


def _list(_content: dict[str, Any]) -> dict[str, Any]:
    return {"JobNames": sorted(glue._jobs.keys())}


def _delete(content: dict[str, Any]) -> dict[str, Any]:
    """Delete a job. That there is none is no error."""
    name = content["JobName"]
    for run in glue._job_runs.get(name, []):
        if run["Id"] in _stops:
            _stops[run["Id"]].set()
    glue._jobs.pop(name, None)
    glue._job_runs.pop(name, None)
    glue._tags.pop(glue._arn("job", name), None)
    return {"JobName": name}


# Runs.


async def _start(content: dict[str, Any]) -> dict[str, Any]:
    name = content["JobName"]
    job = _known(name)
    if content.get("JobRunId"):
        raise _invalid("the local cloud runs no run again: start a new one without JobRunId")
    runs = glue._job_runs.setdefault(name, [])
    active = sum(run["JobRunState"] in _ACTIVE for run in runs)
    if active >= job["ExecutionProperty"]["MaxConcurrentRuns"]:
        raise seam.ServiceError(
            "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}"
        )
    given = content.get("Arguments") or {}
    arguments = {
        **(job.get("DefaultArguments") or {}),
        **given,
        **(job.get("NonOverridableArguments") or {}),
    }
    _require_arguments(arguments)
    security = content.get("SecurityConfiguration") or job.get("SecurityConfiguration")
    require_security(security)
    now = time.time()
    run: dict[str, Any] = {
        "Id": f"jr_{secrets.token_hex(32)}",
        "Attempt": 0,
        "JobName": name,
        "JobMode": job["JobMode"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "PredecessorRuns": [],
        "AllocatedCapacity": job["AllocatedCapacity"],
        "ExecutionTime": 0,
        "Timeout": content.get("Timeout") or job["Timeout"],
        "MaxCapacity": job["MaxCapacity"],
        "LogGroupName": _log_group(job, security, arguments),
        "GlueVersion": job["GlueVersion"],
        "ExecutionClass": job["ExecutionClass"],
    }
    for member in ("WorkerType", "NumberOfWorkers"):
        if member in content or member in job:
            run[member] = content.get(member) or job[member]
    if security:
        run["SecurityConfiguration"] = security
    if given:
        run["Arguments"] = given
    # The newest first, as GetJobRuns gives them.
    runs.insert(0, run)
    _stops[run["Id"]] = asyncio.Event()
    task = asyncio.create_task(_Running(dict(job), run, arguments).to_the_end())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return {"JobRunId": run["Id"]}


def _require_arguments(arguments: dict[str, str]) -> None:
    bookmark = arguments.get("--job-bookmark-option", "job-bookmark-disable")
    if bookmark != "job-bookmark-disable":
        raise _invalid(
            f"--job-bookmark-option is {bookmark}: the local cloud has no job bookmarks; "
            "use job-bookmark-disable"
        )
    for name, instead in _UNKNOWN.items():
        if arguments.get(name):
            raise _invalid(f"{name} is not supported by the local cloud: {instead}")


def require_security(security: str | None) -> None:
    """Refuse a security configuration that is not there."""
    if security and security not in glue._security_configs:
        raise seam.ServiceError(
            "EntityNotFoundException", f"Security configuration {security} not found"
        )


def _log_group(job: dict[str, Any], security: str | None, arguments: dict[str, str]) -> str:
    """What the names of a run's log groups begin with; encrypted logs have groups of their own.

    https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    """
    prefix = arguments.get("--custom-logGroup-prefix") or LOG_GROUP
    if log_key(security) is not None:
        return f"{prefix}/{security}-role/{path_and_name(job['Role'])}"
    return prefix


def path_and_name(role: str) -> str:
    """A role as Glue knows it, of its ARN, of its name, or of both path and name."""
    return role.rsplit(":role/", 1)[-1].lstrip("/")


def log_key(security: str | None) -> str | None:
    """ARN of the key that a security configuration encrypts logs by.

    What a run writes to S3 is encrypted as its bucket says: over plain HTTP, which the loopback is,
    the SDK in Spark sends no key.
    """
    known = glue._security_configs.get(security) if security else None
    encryption = (known or {}).get("EncryptionConfiguration", {}).get("CloudWatchEncryption") or {}
    if encryption.get("CloudWatchEncryptionMode") != "SSE-KMS":
        return None
    return encryption.get("KmsKeyArn")


def _found(job: str, identifier: str) -> dict[str, Any]:
    for run in glue._job_runs.get(job, []):
        if run["Id"] == identifier:
            return run
    raise seam.ServiceError(
        "EntityNotFoundException", f"Job run {identifier} of job {job} not found"
    )


def _shown(run: dict[str, Any]) -> dict[str, Any]:
    if run["JobRunState"] in ("RUNNING", "STOPPING") and "_began" in run:
        run = {**run, "ExecutionTime": int(time.time() - run["_began"])}
    return {key: value for key, value in run.items() if not key.startswith("_")}


def _get_run(content: dict[str, Any]) -> dict[str, Any]:
    return {"JobRun": _shown(_found(content["JobName"], content["RunId"]))}


def _get_runs(content: dict[str, Any]) -> dict[str, Any]:
    _known(content["JobName"])
    runs = glue._job_runs.get(content["JobName"], [])
    start, size = int(content.get("NextToken") or 0), content.get("MaxResults") or PAGE
    page: dict[str, Any] = {"JobRuns": [_shown(run) for run in runs[start : start + size]]}
    if start + size < len(runs):
        page["NextToken"] = str(start + size)
    return page


def _stop_runs(content: dict[str, Any]) -> dict[str, Any]:
    name = content["JobName"]
    stopped, errors = [], []
    for identifier in content["JobRunIds"]:
        about = {"JobName": name, "JobRunId": identifier}
        try:
            run = _found(name, identifier)
        except seam.ServiceError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": str(error)}
            errors.append({**about, "ErrorDetail": detail})
            continue
        if run["JobRunState"] not in ("STARTING", "RUNNING"):
            detail = {
                "ErrorCode": "InvalidInputException",
                "ErrorMessage": f"Job run {identifier} is {run['JobRunState']} already",
            }
            errors.append({**about, "ErrorDetail": detail})
            continue
        run["JobRunState"] = "STOPPING"
        run["LastModifiedOn"] = time.time()
        _stops[identifier].set()
        stopped.append(about)
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "BatchStopJobRun": _stop_runs,
    "CreateJob": _create,
    "DeleteJob": _delete,
    "GetJob": _get,
    "GetJobRun": _get_run,
    "GetJobRuns": _get_runs,
    "GetJobs": _get_all,
    "ListJobs": _list,
    "StartJobRun": _start,
    "UpdateJob": _update,
}


def fail_lost_runs() -> None:
    """End the runs that were active when the process ended: their Spark ended with it."""
    for runs in glue._job_runs.all_values():
        for run in runs:
            if run["JobRunState"] in _ACTIVE:
                _end(run, "FAILED", "The service was restarted while the job ran.")


def _end(run: dict[str, Any], state: str, message: str | None = None) -> None:
    now = time.time()
    began = run.pop("_began", None)
    run["ExecutionTime"] = int(now - began) if began is not None else 0
    run.update(JobRunState=state, CompletedOn=now, LastModifiedOn=now)
    if message is not None:
        run["ErrorMessage"] = message


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
        state, message = "FAILED", "The service was stopped while the job ran."
        try:
            state, message = await self._ended()
        except _Failed as error:
            message = str(error)
        except Exception as error:
            message = f"Internal service error : {error!r}"
        finally:
            _end(self._run, state, message)
            _stops.pop(self._run["Id"], None)
            shutil.rmtree(self._files, ignore_errors=True)
            seam.changed()

    async def _ended(self) -> tuple[str, str | None]:
        """Start Spark and wait: the state that the run ends in, and its message."""
        role = self._role()
        source = f"arn:aws:glue:{REGION}:{ACCOUNT}:job/{self._job['Name']}"
        try:
            caller = clients.Caller(role, PRINCIPAL, source).renewed()
        except auth.Denied as denied:
            raise _Failed(
                f"Role {role} should be given assume role permissions for Glue Service: {denied}"
            ) from denied
        self._files.mkdir(parents=True, mode=0o700)
        script = await asyncio.to_thread(self._script, caller)
        logs = _Logs(caller, self._run, self._arguments)
        stdout, stderr = self._files / "stdout", self._files / "stderr"
        for file in (stdout, stderr):
            file.touch()
        if self._stop.is_set():
            return "STOPPED", None
        submission = await self._submitted(script, role, source, stdout, stderr)
        try:
            if self._run["JobRunState"] == "STARTING":
                self._run["JobRunState"] = "RUNNING"
            self._run["_began"] = self._run["LastModifiedOn"] = time.time()
            seam.changed()
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

    def _role(self) -> str:
        role = self._job["Role"]
        if role.startswith("arn:"):
            return role
        known = iam._roles.get(role.rsplit("/", 1)[-1])
        return known["Arn"] if known else f"arn:aws:iam::{ACCOUNT}:role/{role}"

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
        self, script: Path, role: str, source: str, stdout: Path, stderr: Path
    ) -> spark.Submission:
        given = {
            "--JOB_NAME": self._job["Name"],
            "--JOB_ID": self._run["Id"],
            "--JOB_RUN_ID": self._run["Id"],
            **{name: value for name, value in self._arguments.items() if name != "--conf"},
        }
        try:
            return await spark.submit(
                [_RUNNER, str(script), *(part for pair in given.items() for part in pair)],
                conf=_conf(self._arguments.get("--conf", "")),
                credentials_env=_credentials(role, source),
                stdout=stdout,
                stderr=stderr,
                extra_env={
                    "GLUE_VERSION": self._job["GlueVersion"],
                    glue_script.REPORT: str(self._files / "report"),
                },
            )
        except spark.Unavailable as error:
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


class _Logs:
    """The streams of a run: what the script writes, and Spark's own log."""

    def __init__(
        self, caller: clients.Caller, run: dict[str, Any], arguments: dict[str, str]
    ) -> None:
        self._caller = caller
        self._groups = [f"{run['LogGroupName']}/{name}" for name in ("output", "error")]
        self._stream = f"{arguments.get('--custom-logStream-prefix') or run['Id']}-driver"
        self._key = log_key(run.get("SecurityConfiguration"))
        self._copying = threading.Lock()
        self._read = [0, 0]
        self._made: set[str] = set()

    async def follow(self, *files: Path) -> None:
        """Copy what is written, until it is cancelled."""
        while True:
            await asyncio.sleep(LOG_SECONDS)
            await asyncio.to_thread(self.copy, *files)

    def copy(self, *files: Path) -> None:
        """Copy what is new in each file to its group. A role that may not has no log, as on AWS."""
        for number, file in enumerate(files):
            with self._copying, file.open("rb") as opened:
                opened.seek(self._read[number])
                while text := opened.read(LOG_BYTES):
                    self._read[number] += len(text)
                    with contextlib.suppress(ClientError):
                        self._put(self._groups[number], text.decode(errors="replace"))

    def _put(self, group: str, text: str) -> None:
        logs = self._caller.client("logs")
        if group not in self._made:
            open_stream(logs, group, self._stream, self._key)
            self._made.add(group)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in text.splitlines() if line.strip()]
        # 10,000 is the API's limit.
        for start in range(0, len(events), 10_000):
            logs.put_log_events(
                logGroupName=group,
                logStreamName=self._stream,
                logEvents=events[start : start + 10_000],
            )


def open_stream(logs: Any, group: str, stream: str, key: str | None) -> None:
    """Make a log stream, and its group where that is not there; put the key on the group."""
    known = logs.exceptions.ResourceAlreadyExistsException
    try:
        with contextlib.suppress(known):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceNotFoundException:
        with contextlib.suppress(known):
            logs.create_log_group(logGroupName=group)
        with contextlib.suppress(known):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
    if key is not None:
        logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
