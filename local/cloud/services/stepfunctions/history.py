"""The history of executions, and its events in the log group of the state machine."""

from __future__ import annotations

import datetime
import json
import queue
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.cloud.core import clients
from local.cloud.services.stepfunctions import runs
from local.cloud.services.stepfunctions.runs import Run

#: Events of a log level, by the end of their names.
_LEVELS = {
    "ALL": ("",),
    "ERROR": ("Failed", "Aborted", "TimedOut"),
    "FATAL": ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"),
}

#: Members of an event that are data of the execution.
_DATA = ("input", "output", "parameters", "error", "cause")

_deliveries: queue.SimpleQueue[tuple[str, str, dict[str, Any]]] = queue.SimpleQueue()


def add_event(
    execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Put an event into an execution's history, after the one before it in its branch.

    Nothing comes after the end: what is broken off by it leaves no event.
    """
    with runs.lock:
        if execution["status"] != "RUNNING" and not kind.startswith("Execution"):
            return {}
        run = runs.running.get(execution["executionArn"])
        inside = run is not None and runs.current.get(None) is run
        event = {
            "id": len(execution["events"]) + 1,
            "previousEventId": runs.previous.get() if inside else len(execution["events"]),
            "type": kind,
            "timestamp": now_iso(),
            **(details or {}),
        }
        execution["events"].append(event)
        if inside:
            runs.previous.set(event["id"])
    if run is not None:
        log(run, event)
    return event


def abort(execution: dict[str, Any], told: dict[str, Any]) -> None:
    """End an execution that runs, from outside."""
    with runs.lock:
        execution.update(told, status="ABORTED", stopDate=now_iso())
        details = {name: value or "" for name, value in told.items()}
        add_event(execution, "ExecutionAborted", {"executionAbortedEventDetails": details})
    sfn._emit_execution_status_event(execution)


def group_of(arn: str) -> str:
    """The name of a log group by its ARN."""
    return arn.removesuffix(":*").split(":log-group:", 1)[-1]


def log(run: Run, event: dict[str, Any]) -> None:
    """Give an event to the log group, where the level says so.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    level = run.logging.get("level", "OFF")
    if not event["type"].endswith(_LEVELS.get(level, ())):
        return
    details = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
    if not run.logging.get("includeExecutionData"):
        details = {key: value for key, value in details.items() if key not in _DATA}
    moment = datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    entry = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "redrive_count": "0",
        "previous_event_id": str(event.get("previousEventId", 0)),
        "event_timestamp": str(int(moment.timestamp() * 1000)),
        "execution_arn": run.execution["executionArn"],
    }
    arn = run.logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    _deliveries.put((group_of(arn), run.log_stream, entry))


def deliver() -> None:
    """Write what is to be logged, as the service of log deliveries does: in its own name."""
    streams: set[tuple[str, str]] = set()
    while True:
        group, stream, entry = _deliveries.get()
        logs = clients.administrator("logs")
        try:
            if (group, stream) not in streams:
                logs.create_log_stream(logGroupName=group, logStreamName=stream)
                streams.add((group, stream))
            logs.put_log_events(
                logGroupName=group,
                logStreamName=stream,
                logEvents=[
                    {"timestamp": int(entry["event_timestamp"]), "message": json.dumps(entry)}
                ],
            )
        except (ClientError, BotoCoreError):
            # A group that is gone loses its events on AWS as well.
            continue
