"""Executions of notebooks on EMR clusters: start one, follow it, stop it.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-headless.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.links.emr import EmrClusterLink
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.bases.sensor import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout

from mwaalib.emr_cluster import ACTIVE, EmrTerminateRunClusterOperator
from mwaalib.runs import first_try, task_mark

# https://docs.aws.amazon.com/emr/latest/APIReference/API_NotebookExecution.html
#: States of an execution that goes on.
AT_WORK = ("START_PENDING", "STARTING", "RUNNING", "FINISHING")

#: States of an execution that will not finish, but has not ended.
ENDING = ("FAILING", "STOP_PENDING", "STOPPING")

#: States of an execution that has ended.
ENDED = ("FINISHED", "FAILED", "STOPPED")

# https://docs.aws.amazon.com/emr/latest/APIReference/API_StartNotebookExecution.html
_MOST_NAME = 256

# What a name ends with: the mark of the task, and the number of its first try.
_MARKED = re.compile(r" \[(?P<mark>[0-9a-f]+)-(?P<number>\d+)\]$")

#: Seconds between two looks at what is ending.
_LOOK_SECONDS = 5


def executions_of(hook: EmrHook, cluster: str) -> list[dict[str, Any]]:
    """Summaries of a cluster's executions of the last 30 days."""
    pages = hook.conn.get_paginator("list_notebook_executions").paginate(ExecutionEngineId=cluster)
    return [execution for page in pages for execution in page["NotebookExecutions"]]


def stop_execution(hook: EmrHook, execution: str) -> None:
    """Ask for the end of an execution; one that has ended, or is ending, stays as it is."""
    try:
        hook.conn.stop_notebook_execution(NotebookExecutionId=execution)
    except hook.conn.exceptions.InvalidRequestException as error:
        hook.log.info("%s was not stopped: %s", execution, error)


def stop_executions(hook: EmrHook, executions: Iterable[Mapping[str, Any]], seconds: float) -> None:
    """Stop those that are at work, and wait until they have ended.

    Args:
        hook: Hook for EMR.
        executions: Their summaries.
        seconds: How long to wait for it.

    Raises:
        TimeoutError: when one has not ended by then.
    """
    left = {
        execution["NotebookExecutionId"]: execution["Status"]
        for execution in executions
        if execution["Status"] not in ENDED
    }
    for execution in left:
        hook.log.info("stopping %s", execution)
        stop_execution(hook, execution)
    for _ in _looks(seconds):
        left = {execution: _describe(hook, execution)["Status"] for execution in left}
        left = {execution: state for execution, state in left.items() if state not in ENDED}
        if not left:
            return
    states = ", ".join(f"{execution} is {state}" for execution, state in left.items())
    raise TimeoutError(f"{states}, {seconds:g} seconds after its end was asked for.")


def _describe(hook: EmrHook, execution: str) -> dict[str, Any]:
    found = hook.conn.describe_notebook_execution(NotebookExecutionId=execution)
    return found["NotebookExecution"]


def _looks(seconds: float) -> Iterable[None]:
    """One look at once, and then others until the time is over."""
    yield
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        yield


class StartNotebookExecutionOperator(AwsBaseOperator[EmrHook]):
    """Start a notebook execution for a run, or take the one that an earlier try has started.

    The provider's operator knows none of `NotebookS3Location`, `OutputNotebookS3Location`,
    `OutputNotebookFormat` and `EnvironmentVariables`; this one takes the request as the API does.

    StartNotebookExecution takes no token by which a repeated request is known, so the execution's
    name carries a mark of run, task and first try, by which a retry finds it. A cleared task starts
    another execution, after those of before have ended: they are stopped where they are at work. So
    is a second execution of the same try: the SDK repeats a request that got no answer, and EMR
    then starts two.

    Args:
        cluster_id: Id of the cluster.
        request: StartNotebookExecution's request without `NotebookExecutionName` and
            `ExecutionEngine.Id`; or, as any template field, a function of `context` and `jinja_env`
            that returns it when the task runs.
            https://docs.aws.amazon.com/emr/latest/APIReference/API_StartNotebookExecution.html
        stop_seconds: How long executions that are in the way may take to end. Default 300.
        **kwargs: As of an operator of the provider.

    Returns:
        Id of the execution, which may have ended already.

    Raises:
        botocore.exceptions.ClientError: when EMR refuses the request.
        TimeoutError: when an execution that is in the way does not end.
        RuntimeError: when the task was killed while EMR started the execution.
    """

    aws_hook_class = EmrHook
    template_fields: Sequence[str] = aws_template_fields("cluster_id", "request")
    template_fields_renderers: ClassVar[dict] = {"request": "json"}
    operator_extra_links = (EmrClusterLink(),)
    ui_color = "#f9c915"

    def __init__(
        self,
        *,
        cluster_id: str,
        request: Mapping[str, Any] | Callable[..., Mapping[str, Any]],
        stop_seconds: float = 300,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.cluster_id = cluster_id
        self.request = request
        self.stop_seconds = stop_seconds
        self._execution: str | None = None
        self._killed = False

    def execute(self, context) -> str:
        ti, run = context["ti"], context["dag_run"]
        EmrClusterLink.persist(
            context=context,
            operator=self,
            region_name=self.hook.conn_region_name,
            aws_partition=self.hook.conn_partition,
            job_flow_id=self.cluster_id,
        )
        mark, number = task_mark(run, ti.task_id, ti.map_index), first_try(ti)
        found = self._started(mark)
        own = found.pop(number, [])
        others = [*own[1:], *(each for earlier in found.values() for each in earlier)]
        if own:
            self._execution = own[0]["NotebookExecutionId"]
            self.log.info("an earlier try has started %s", self._execution)
        stop_executions(self.hook, others, self.stop_seconds)
        if not own:
            self._execution = self._start(_name(run, mark, number))
        # A kill leaves a few seconds. One that came while EMR answered knew no id to stop.
        if self._killed:
            stop_execution(self.hook, self._execution)
            raise RuntimeError(f"The task was killed while EMR started {self._execution}.")
        return self._execution

    def on_kill(self) -> None:
        """Stop the execution, now or as soon as its id is known."""
        self._killed = True
        if self._execution is not None:
            stop_execution(self.hook, self._execution)

    def _started(self, mark: str) -> dict[int, list[dict[str, Any]]]:
        """What the task has started on the cluster, by the number of the first try."""
        found: dict[int, list[dict[str, Any]]] = {}
        for execution in executions_of(self.hook, self.cluster_id):
            marked = _MARKED.search(execution.get("NotebookExecutionName", ""))
            if marked and marked["mark"] == mark:
                found.setdefault(int(marked["number"]), []).append(execution)
        return found

    def _start(self, name: str) -> str:
        engine = {**self.request.get("ExecutionEngine", {}), "Id": self.cluster_id}
        started = self.hook.conn.start_notebook_execution(
            **{**self.request, "NotebookExecutionName": name, "ExecutionEngine": engine}
        )
        self.log.info("started %s (%s)", started["NotebookExecutionId"], name)
        return started["NotebookExecutionId"]


def _name(run, mark: str, number: int) -> str:
    end = f" [{mark}-{number}]"
    return f"{run.dag_id} {run.run_id}"[: _MOST_NAME - len(end)] + end


class NotebookExecutionSensor(AwsBaseSensor[EmrHook]):
    """Wait until an execution is FINISHED; fail with its own reason.

    Between two looks the task is rescheduled, so that its worker slot is free: a notebook may take
    hours, and an environment has few slots. The provider's trigger waits for less, and stops
    nothing; one of our own cannot be loaded from `dags/`.

    When the task is killed at a look, the execution is stopped at once. Between two looks it has no
    process, and Airflow tells nobody of the kill: then the teardown of the cluster, which follows
    at once, has to stop it, as `EmrTerminateNotebookClusterOperator` does.

    Args:
        execution_id: Id of the execution.
        settle_seconds: How long to wait for the end of an execution that is FAILING, STOP_PENDING
            or STOPPING, since its reason and its notebook are there only then. Default 120.
        **kwargs: As of a sensor. Default of `mode`: reschedule. `timeout` is in seconds and counts
            from the first look; `execution_timeout` bounds one look, or all where `mode` is poke.

    Returns:
        Address of the executed notebook.

    Raises:
        AirflowFailException: when the execution is FAILED, FAILING, STOPPED, STOPPING or
            STOP_PENDING, with its reason and the address of the executed notebook; when the
            cluster under it has ended. A retry would find it so again.
        AirflowSensorTimeout: after `timeout`; the execution is stopped.
    """

    aws_hook_class = EmrHook
    template_fields: Sequence[str] = aws_template_fields("execution_id")
    ui_color = "#66c3ff"

    def __init__(self, *, execution_id: str, settle_seconds: float = 120, **kwargs) -> None:
        super().__init__(**{"mode": "reschedule", **kwargs})
        self.execution_id = execution_id
        self.settle_seconds = settle_seconds

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            self.on_kill()
            raise

    def poke(self, context) -> PokeReturnValue:
        found = self._look()
        cluster = found["ExecutionEngine"]["Id"]
        cluster_state = self._cluster_state(cluster)
        if found["Status"] in ENDING or (
            found["Status"] in AT_WORK and cluster_state not in ACTIVE
        ):
            found = self._settled()
        state = found["Status"]
        if state == "FINISHED":
            return PokeReturnValue(True, found.get("OutputNotebookURI"))
        if state not in AT_WORK:
            raise AirflowFailException(_failure(found))
        if cluster_state not in ACTIVE:
            raise AirflowFailException(
                f"{_failure(found)} The cluster {cluster} under it is {cluster_state}."
            )
        return PokeReturnValue(False)

    def on_kill(self) -> None:
        """Stop the execution; one that has ended stays as it is."""
        self.log.info("stopping %s", self.execution_id)
        stop_execution(self.hook, self.execution_id)

    def _look(self) -> dict[str, Any]:
        found = _describe(self.hook, self.execution_id)
        self.log.info("execution %s is %s", self.execution_id, found["Status"])
        return found

    def _settled(self) -> dict[str, Any]:
        """What is known of the execution once it has ended, or when the time for that is over."""
        for _ in _looks(self.settle_seconds):
            found = self._look()
            if found["Status"] in ENDED:
                break
        return found

    def _cluster_state(self, cluster: str) -> str:
        return self.hook.conn.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"]


def _failure(found: Mapping[str, Any]) -> str:
    reason = found.get("LastStateChangeReason") or "EMR gives no reason."
    told = f"Execution {found['NotebookExecutionId']} is {found['Status']}: {reason}"
    if notebook := found.get("OutputNotebookURI"):
        told += f" Executed notebook: {notebook}"
    return told


class EmrTerminateNotebookClusterOperator(EmrTerminateRunClusterOperator):
    """End a cluster; before that stop the notebook executions that are at work on it.

    A run whose sensor was killed between two looks has nobody else to stop them, and an execution
    that is stopped still writes its notebook, while one whose cluster goes may not. Whatever is in
    the way of that, the cluster ends.

    Args:
        stop_seconds: How long to wait for the end of the executions. Default 120.
        **kwargs: As of `EmrTerminateRunClusterOperator`.
    """

    def __init__(self, *, stop_seconds: float = 120, **kwargs) -> None:
        super().__init__(**kwargs)
        self.stop_seconds = stop_seconds

    def execute(self, context) -> None:
        try:
            found = executions_of(self.hook, self.job_flow_id)
            stop_executions(self.hook, found, self.stop_seconds)
        except Exception:
            self.log.exception("The executions on %s end with the cluster.", self.job_flow_id)
        super().execute(context)
