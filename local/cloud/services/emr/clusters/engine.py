"""The life of a cluster, and the queue of its steps.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-overview.html
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol

from local.cloud.core import changes
from local.cloud.services.emr.clusters import instances, rights
from local.cloud.services.emr.steps import state as steps
from local.cloud.services.emr.steps.engine import Running

#: Seconds in STARTING, and in BOOTSTRAPPING: long enough to be seen, since there is nothing to do.
PAUSE = 0.4

#: What goes on in each cluster that has not ended, by its id.
lives: dict[str, Life] = {}


def notice(cluster: dict[str, Any]) -> None:
    """Have a cluster look at itself and its steps again, where it lives: something has changed."""
    life = lives.get(cluster["Id"])
    if life is not None:
        life.notice()


class Notebook(Protocol):
    """A notebook that runs on a cluster."""

    async def end_with_cluster(self, reason: str) -> None:
        """End it since its cluster ends, and wait for that."""


class Life:
    """What goes on in a cluster, from its start to its end."""

    def __init__(self, cluster: dict[str, Any], steps: list[dict[str, Any]]) -> None:
        self._cluster = cluster
        #: In the order in which they were added.
        self._steps = steps
        self._running: dict[str, Running] = {}
        self._notebooks: set[Notebook] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._ending = False
        self._with_errors = False
        self._failed = False

    def start(self) -> None:
        """Begin, or go on after a restart."""
        lives[self._cluster["Id"]] = self
        task = asyncio.create_task(self._live())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def notice(self) -> None:
        """Look at the cluster and its steps again: something has changed."""
        self._news.set()

    def running(self, step: str) -> Running | None:
        """A step that runs."""
        return self._running.get(step)

    def attach(self, notebook: Notebook) -> None:
        """Take note of a notebook that runs on the cluster, which is not idle meanwhile.

        https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html
        """
        self._notebooks.add(notebook)
        self.notice()

    def detach(self, notebook: Notebook) -> None:
        """Take note that a notebook has ended."""
        self._notebooks.discard(notebook)
        self.notice()

    def end(self, code: str, message: str, with_errors: bool = False) -> None:
        """End the cluster, unless it ends already.

        Args:
            code: of StateChangeReason.
            message: of StateChangeReason.
            with_errors: whether it ends in TERMINATED_WITH_ERRORS.
        """
        if not self._ending:
            self._ending, self._with_errors = True, with_errors
            self._enter("TERMINATING", code, message)
            self.notice()

    def _enter(self, state: str, code: str = "", message: str = "") -> None:
        status = self._cluster["Status"]
        reason = {"Code": code, "Message": message}
        reason = {key: value for key, value in reason.items() if value}
        if (status["State"], status["StateChangeReason"]) == (state, reason):
            return
        status["State"], status["StateChangeReason"] = state, reason
        changes.notify()

    async def _live(self) -> None:
        try:
            if self._cluster["Status"]["State"] == "STARTING":
                await self._come_up()
            while not self._ending:
                await self._serve()
        except Exception as error:
            self.end("INTERNAL_ERROR", f"An internal error occurred: {error!r}", with_errors=True)
        await self._go_down()

    async def _come_up(self) -> None:
        await asyncio.sleep(PAUSE)
        problem = rights.launch_problem(self._cluster)
        if problem is not None:
            self.end("VALIDATION_ERROR", problem, with_errors=True)
        if not self._ending:
            self._enter("BOOTSTRAPPING")
            await asyncio.sleep(PAUSE)
        if not self._ending:
            self._cluster["MasterPublicDnsName"] = "localhost"
            self._cluster["Status"]["Timeline"]["ReadyDateTime"] = time.time()
            instances.enter(self._cluster, "RUNNING")

    async def _serve(self) -> None:
        """Start what may run, and wait for news, or for the end of the cluster's idle time."""
        self._news.clear()
        pending = [step for step in self._steps if step["Status"]["State"] == "PENDING"]
        room = max(0, self._cluster["StepConcurrencyLevel"] - len(self._running))
        for step in pending[:room]:
            self._run(step)
        timeout = None
        if self._running:
            self._cluster.pop("_idleSince", None)
            self._enter("RUNNING", message="Running step")
        elif self._cluster["AutoTerminate"]:
            errors = " with errors" if self._failed else ""
            self.end("ALL_STEPS_COMPLETED", f"Steps completed{errors}")
            return
        else:
            self._wait_for_steps()
            timeout = self._idle_seconds()
            if timeout is not None and timeout <= 0:
                self.end("USER_REQUEST", "Terminated by the auto-termination policy: idle time")
                return
        try:
            await asyncio.wait_for(self._news.wait(), timeout)
        except TimeoutError:
            return

    def _wait_for_steps(self) -> None:
        last = max(
            (s for s in self._steps if "EndDateTime" in s["Status"]["Timeline"]),
            key=lambda s: s["Status"]["Timeline"]["EndDateTime"],
            default=None,
        )
        if last is None:
            message = "Cluster ready to run steps."
        else:
            outcome = {"COMPLETED": "completed", "CANCELLED": "cancelled"}
            message = (
                f"Cluster ready after last step {outcome.get(last['Status']['State'], 'failed')}."
            )
        self._cluster.setdefault("_idleSince", time.time())
        self._enter("WAITING", message=message)

    def _idle_seconds(self) -> float | None:
        """Seconds until the cluster has been idle for too long; None where it may be for ever.

        Protection from termination holds against the policy as well.
        https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html
        """
        allowed = self._cluster.get("_idleTimeout")
        if self._notebooks:
            self._cluster.pop("_idleSince", None)
            return None
        if allowed is None or self._cluster["TerminationProtected"]:
            return None
        return self._cluster["_idleSince"] + allowed - time.time()

    def _run(self, step: dict[str, Any]) -> None:
        running = Running(self._cluster, step, self._steps.index(step) + 1)
        self._running[step["Id"]] = running
        task = asyncio.create_task(self._see_through(running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _see_through(self, running: Running) -> None:
        step = running.step
        await running.to_the_end()
        del self._running[step["Id"]]
        if step["Status"]["State"] == "FAILED":
            self._failed = True
            self._act_on_failure(step["ActionOnFailure"])
        self.notice()

    def _act_on_failure(self, action: str) -> None:
        """https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html"""
        if action == "CONTINUE" or self._cluster["StepConcurrencyLevel"] > 1:
            return
        if action == "CANCEL_AND_WAIT" or self._cluster["TerminationProtected"]:
            self._cancel_pending("Cancelled since an earlier step failed")
        else:
            self.end("STEP_FAILURE", "Shut down as step failed", with_errors=True)

    def _cancel_pending(self, reason: str) -> None:
        for step in self._steps:
            if step["Status"]["State"] == "PENDING":
                steps.end(step, "CANCELLED", reason)

    async def _go_down(self) -> None:
        self._cancel_pending("Job terminated")
        status = self._cluster["Status"]
        why = status["StateChangeReason"].get("Message", "")
        await asyncio.gather(
            *(one.end_with_cluster() for one in list(self._running.values())),
            *(one.end_with_cluster(why) for one in list(self._notebooks)),
        )
        status["Timeline"]["EndDateTime"] = time.time()
        instances.enter(self._cluster, "TERMINATED")
        reason = status["StateChangeReason"]
        state = "TERMINATED_WITH_ERRORS" if self._with_errors else "TERMINATED"
        lives.pop(self._cluster["Id"], None)
        self._enter(state, reason.get("Code", ""), reason.get("Message", ""))
