"""What MWAA publishes of an environment, as its execution role: logs and metrics.

https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from environment import RoleSession, is_away

#: Seconds between two measurements.
METRIC_SECONDS = 60

#: Where MWAA publishes what Airflow measures.
#: https://docs.aws.amazon.com/mwaa/latest/userguide/cw-metrics.html
NAMESPACE = "AmazonMWAA"

#: Events that PutLogEvents takes at once, and bytes: less than the API allows.
_EVENTS = 5_000
_BYTES = 500_000

#: The suffix of a log group, and the files under the folder of logs that it is made of. There is
#: no worker of its own: the scheduler runs the tasks.
FILES: Mapping[str, str] = {
    "DAGProcessing": "dag-processor.log",
    "Scheduler": "scheduler.log",
    "Task": "dag_id=*/**/*.log",
    "WebServer": "api-server.log",
}

log = logging.getLogger("airflow-runner")


class CloudWatch:
    """The logs and metrics of one environment."""

    def __init__(self, session: RoleSession, name: str, groups: Mapping[str, str]) -> None:
        """Nothing is published yet.

        Args:
            session: has the execution role's credentials.
            name: of the environment.
            groups: names of the log groups that are enabled, by their suffix in `FILES`.
        """
        self._logs = session.client("logs")
        self._metrics = session.client("cloudwatch")
        self._mwaa = session.client("mwaa")
        self._name = name
        self._groups = groups
        self._known_groups: set[str] = set()
        self._streams: set[tuple[str, str]] = set()
        #: How much of each file is published.
        self._read: dict[Path, int] = {}
        self._measured = 0.0
        self._said: set[str] = set()

    def skip(self, folder: Path) -> None:
        """Leave what lies in the folder of logs already to whoever wrote it."""
        for _, file in self._files(folder):
            self._read[file] = file.stat().st_size

    def publish(self, folder: Path, healthy: bool) -> None:
        """Publish what is new. What is refused is said once, and Airflow goes on, as in MWAA.

        Args:
            folder: Airflow's logs.
            healthy: whether the scheduler has a heartbeat.
        """
        self._unless_refused(lambda: self._publish_logs(folder))
        if healthy and time.monotonic() > self._measured + METRIC_SECONDS:
            self._measured = time.monotonic()
            heartbeat = self._heartbeat()
            self._unless_refused(
                lambda: self._metrics.put_metric_data(Namespace=NAMESPACE, MetricData=[heartbeat])
            )
            self._unless_refused(
                lambda: self._mwaa.publish_metrics(
                    EnvironmentName=self._name,
                    MetricData=[{**heartbeat, "Timestamp": time.time()}],
                )
            )

    def _unless_refused(self, work: Callable[[], object]) -> None:
        """Do one thing of several, none of which waits for the permission that another needs."""
        try:
            work()
        except ClientError as error:
            if is_away(error):
                raise
            if error.response["Error"].get("Code") == "ResourceNotFoundException":
                # Deleted by somebody, or not saved yet when the cloud was killed: made anew.
                self._known_groups.clear()
                self._streams.clear()
            if str(error) not in self._said:
                self._said.add(str(error))
                log.warning("logs or metrics are not published: %s", error)

    def _publish_logs(self, folder: Path) -> None:
        for group in self._groups.values():
            self._find(group)
        for group, file in self._files(folder):
            # Neither is allowed in the name of a stream.
            name = str(file.relative_to(folder)).replace(":", "_").replace("*", "_")
            self._publish_file(group, file, name)

    def _files(self, folder: Path) -> Iterator[tuple[str, Path]]:
        for suffix, group in self._groups.items():
            for file in sorted(folder.glob(FILES[suffix])):
                yield group, file

    def _publish_file(self, group: str, file: Path, stream: str) -> None:
        size = file.stat().st_size
        start = self._read.get(file, 0)
        if size <= start:
            return
        with file.open("rb") as opened:
            opened.seek(start)
            text = opened.read(_BYTES)
        # A line that is being written is left for the next time, unless it fills everything.
        whole = text[: text.rfind(b"\n") + 1] or (text if len(text) == _BYTES else b"")
        lines = [line for line in whole.decode(errors="replace").splitlines() if line.strip()]
        if lines:
            self._open(group, stream)
            now = int(time.time() * 1000)
            for first in range(0, len(lines), _EVENTS):
                self._logs.put_log_events(
                    logGroupName=group,
                    logStreamName=stream,
                    logEvents=[
                        {"timestamp": now, "message": line}
                        for line in lines[first : first + _EVENTS]
                    ],
                )
        self._read[file] = start + len(whole)

    def _find(self, group: str) -> None:
        """Make the group where it is not there."""
        if group not in self._known_groups:
            found = self._logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
            if group not in {one["logGroupName"] for one in found}:
                self._logs.create_log_group(logGroupName=group)
            self._known_groups.add(group)

    def _open(self, group: str, stream: str) -> None:
        """Make the stream where it is not there."""
        if (group, stream) not in self._streams:
            with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
                self._logs.create_log_stream(logGroupName=group, logStreamName=stream)
            self._streams.add((group, stream))

    def _heartbeat(self) -> dict[str, Any]:
        dimensions = [
            {"Name": "Environment", "Value": self._name},
            {"Name": "Function", "Value": "Scheduler"},
        ]
        return {
            "MetricName": "SchedulerHeartbeat",
            "Dimensions": dimensions,
            "Value": 1,
            "Unit": "Count",
        }
