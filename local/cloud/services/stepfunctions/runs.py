"""Executions that run: what each of them is made of, and how it is ended at any time."""

from __future__ import annotations

import contextvars
import copy
import datetime
import json
import secrets
import threading
from typing import Any

from ministack.services import stepfunctions as sfn

from local.cloud.core import clients

PRINCIPAL = "states.amazonaws.com"

#: Status of a machine whose executions have still to end.
DELETING = "DELETING"

#: Held where executions change, and while they are copied to be saved.
lock = threading.RLock()

#: Executions that run, by their ARNs.
running: dict[str, Run] = {}

#: The execution, and the part of it, that a thread works for.
current: contextvars.ContextVar[Run] = contextvars.ContextVar("execution")
scope: contextvars.ContextVar[Scope] = contextvars.ContextVar("scope")

#: The event that comes before the next one in the same branch.
previous: contextvars.ContextVar[int] = contextvars.ContextVar("previous event", default=0)


#: What a state fails with, `error` and `cause`: the emulator raises it where it evaluates JSONata.
ExecutionError = sfn._ExecutionError


class Ended(BaseException):
    """The execution, or the branch, is over: nothing in it is to go on.

    No Exception, so that nothing on the way takes it for a failure.
    """


class Scope:
    """What is ended together: an execution, a branch."""

    def __init__(self, parent: Scope | None = None) -> None:
        self._ended = threading.Event()
        self._children: list[Scope] = []
        if parent is not None:
            with lock:
                parent._children.append(self)
                if parent._ended.is_set():
                    self._ended.set()

    def end(self) -> None:
        """End it, and what is inside."""
        with lock:
            self._ended.set()
            for child in self._children:
                child.end()

    def wait(self, seconds: float = 0) -> None:
        """Wait.

        Raises:
            Ended: as soon as it is ended.
        """
        if self._ended.wait(seconds):
            raise Ended


class Run:
    """An execution that runs."""

    def __init__(self, execution: dict[str, Any], machine: dict[str, Any]) -> None:
        self.execution = execution
        self.definition = json.loads(machine["definition"])
        self.machine = machine
        self.machine_arn = machine["stateMachineArn"]
        self.caller = clients.Caller(machine["roleArn"], PRINCIPAL, self.machine_arn).anew()
        self.scope = Scope()
        self.logging = copy.deepcopy(machine.get("loggingConfiguration") or {})
        self.log_stream = _log_stream(machine["name"])


def remove_deleted(machine: dict[str, Any]) -> None:
    """Remove a machine that is being deleted, once none of its executions runs."""
    arn = machine["stateMachineArn"]
    with lock:
        at_work = any(
            execution["stateMachineArn"] == arn and execution["status"] == "RUNNING"
            for execution in sfn._executions.values()
        )
        if machine["status"] == DELETING and not at_work:
            sfn._delete_state_machine({"stateMachineArn": arn})


def _log_stream(name: str) -> str:
    now = datetime.datetime.now(datetime.UTC)
    return f"states/{name}/{now:%Y-%m-%d-%H-%M}/{secrets.token_hex(4)}"
