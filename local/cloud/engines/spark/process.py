"""A process that Spark, or another command, runs in: with a folder and rights of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from local.cloud.core import guard
from local.cloud.core.settings import REGION, Settings
from local.cloud.engines.spark import jvm
from local.cloud.engines.spark.home import Home

#: Seconds from a polite signal to the other one.
GRACE_SECONDS = 5

_settings: Settings


def start(settings: Settings) -> None:
    """Take note of where processes have their folders; those of earlier ones are done with."""
    global _settings
    _settings = settings
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return _settings.state / "spark-work"


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


def folder() -> Path:
    """A folder for one process, which its end removes."""
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(dir=_folder()))


async def started(
    command: Sequence[str],
    found: Home | None,
    work: Path,
    credentials_env: Mapping[str, str],
    extra_env: Mapping[str, str],
    stdout: Path,
    stderr: Path,
) -> Submission:
    """Start a command.

    Args:
        command: the command.
        found: Spark, where it is set up.
        work: the folder that it is started in; see `folder`.
        credentials_env: variables by which it gets a role's credentials.
        extra_env: more variables.
        stdout: file for its output.
        stderr: file for its errors.
    """
    own = jvm.environment(found, work) | {
        "AWS_ENDPOINT_URL": endpoint(),
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


def endpoint() -> str:
    """Where this cloud is."""
    return f"http://127.0.0.1:{_settings.port}"


def _opened(file: Path) -> IO[bytes]:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("ab")
