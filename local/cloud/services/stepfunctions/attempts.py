"""One attempt of a task: its events, and how long it may take."""

from __future__ import annotations

import time
from typing import Any

from local.cloud.services.stepfunctions import runs
from local.cloud.services.stepfunctions.history import add_event
from local.cloud.services.stepfunctions.runs import ExecutionError

#: Seconds between two looks at what a task waits for.
INTERVAL = 0.3


class Call:
    """One attempt of a task."""

    def __init__(
        self,
        execution: dict[str, Any],
        resource: str,
        arguments: Any,
        limits: dict[str, float | None],
    ) -> None:
        self._execution = execution
        kind, named = _event_resource(resource)
        self._about = {"resourceType": kind, "resource": named}
        self.arguments = arguments
        self._seconds = limits["TimeoutSeconds"]
        self._silence = limits["HeartbeatSeconds"]
        self._started = self._heard = time.monotonic()

    def event(self, name: str, **details: Any) -> None:
        """Put it into the history."""
        member = f"{name[0].lower()}{name[1:]}EventDetails"
        add_event(self._execution, name, {member: {**self._about, **details}})

    def limit(self) -> dict[str, Any]:
        """The time limit as the history has it."""
        return {} if self._seconds is None else {"timeoutInSeconds": int(self._seconds)}

    def heard(self) -> None:
        """Take note of a heartbeat."""
        self._heard = time.monotonic()

    def left(self) -> float:
        """Seconds left.

        Raises:
            ExecutionError: States.Timeout, or States.HeartbeatTimeout.
        """
        now = time.monotonic()
        if self._silence is not None and now - self._heard > self._silence:
            raise ExecutionError(
                "States.HeartbeatTimeout", f"No heartbeat for {self._silence} seconds"
            )
        if self._seconds is None:
            return 60
        left = self._started + self._seconds - now
        if left <= 0:
            raise ExecutionError(
                "States.Timeout", f"The task took longer than its {self._seconds} seconds"
            )
        return left

    def wait(self) -> None:
        """Wait until it is time to look again; raises as `left`, or Ended."""
        runs.scope.get().wait(min(INTERVAL, self.left()))
        self.left()


def _event_resource(resource: str) -> tuple[str, str]:
    """resourceType and resource of a task's events."""
    if resource.startswith("arn:aws:states:::"):
        kind, _, named = resource.split(":", 5)[5].rpartition(":")
        return kind, named
    return "activity", resource
