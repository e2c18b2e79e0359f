"""Steps on an EMR cluster: submit, wait, and tell why when they fail.

The post's operator of the same name, for which see
https://github.com/aws-samples/amazon-mwaa-complex-workflow-using-step-functions
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.links.emr import EmrClusterLink
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.bases.sensor import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout
from botocore.config import Config

from mwaalib.emr_cluster import ACTIVE
from mwaalib.runs import first_try, task_mark

# https://docs.aws.amazon.com/emr/latest/APIReference/API_StepStatus.html
#: States of a step that may still write.
AT_WORK = ("PENDING", "RUNNING", "CANCEL_PENDING")

#: States of a step that will not give a result.
FAILED = ("CANCEL_PENDING", "CANCELLED", "FAILED", "INTERRUPTED")

# https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html
_MOST_NAME = 256

# What a name ends with: the mark of the task, and the number of the try.
_MARKED = re.compile(r" \[(?P<mark>[0-9a-f]+)-(?P<number>\d+)\]$")

#: Configuration of a client that sends each request once.
_NOT_REPEATED = Config(retries={"total_max_attempts": 1})

Step = Mapping[str, Any]


class EmrSubmitAndMonitorStepOperator(AwsBaseSensor[EmrHook]):
    """Submit steps to a cluster and wait until they have ended.

    Between two looks the task is rescheduled, so that its worker slot is free. The provider's
    trigger would wait for less, but it does not cancel a step, a trigger of our own cannot be
    loaded from `dags/`, and both want `aiobotocore`, which MWAA installs only when asked to.

    The steps' names carry a mark of run, task and try, by which each look finds them again. A retry
    takes over what the try before it has submitted, unless that has failed. A cleared task submits
    its steps anew, after those of before have ended: they are cancelled where they are at work.

    AddJobFlowSteps has no token by which EMR would know a request that is repeated, so the SDK is
    not let repeat it: a request without an answer fails the try, and the retry looks what came of
    it. Where a step is there twice nevertheless, the one that came first counts, and the other is
    cancelled.

    When the task is killed at a look, its steps are cancelled at once. Between two looks it has no
    process, and Airflow tells nobody of the kill. So each look also cancels the steps of its
    neighbours, the other tasks of this operator in the run, that are marked as failed. Where none
    of them waits any more, the steps go on until the task is cleared or the cluster ends: give the
    DAG a teardown that ends it, which then follows at once.

    Args:
        steps: Steps as AddJobFlowSteps takes them.
        job_flow_id: Id of the cluster. Either this or `job_flow_name`.
        job_flow_name: Name of a cluster that is active.
        check_interval: Seconds between two looks. Default 30.
        wait_for_completion: Wait for the steps to end. Default True.
        **kwargs: As of a sensor, without `poke_interval`. Default of `mode`: reschedule. `timeout`
            is in seconds and counts from the first look; `execution_timeout` bounds one look, or
            all where `mode` is poke.

    Returns:
        Ids of the steps.

    Raises:
        ValueError: when not exactly one of `job_flow_id` and `job_flow_name` is given, or no step.
        AirflowFailException: when a step is FAILED, CANCELLED, INTERRUPTED or CANCEL_PENDING, with
            its reason and where its log lies; when the cluster takes no steps any more, or none has
            the name; when the task was killed. None of these is retried.
        AirflowSensorTimeout: after `timeout`; the steps are cancelled.
    """

    aws_hook_class = EmrHook
    template_fields: Sequence[str] = aws_template_fields("job_flow_id", "job_flow_name", "steps")
    template_fields_renderers: ClassVar[dict] = {"steps": "json"}
    operator_extra_links = (EmrClusterLink(),)
    ui_color = "#f9c915"

    def __init__(
        self,
        *,
        steps: Sequence[Step],
        job_flow_id: str | None = None,
        job_flow_name: str | None = None,
        check_interval: float = 30,
        wait_for_completion: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(**{"mode": "reschedule", **kwargs, "poke_interval": check_interval})
        if (job_flow_id is None) == (job_flow_name is None):
            raise ValueError(
                f"job_flow_id is {job_flow_id!r} and job_flow_name is {job_flow_name!r}: "
                "give exactly one of them."
            )
        if not steps:
            raise ValueError("steps is empty: give at least one step.")
        self.job_flow_id = job_flow_id
        self.job_flow_name = job_flow_name
        self.steps = steps
        self.check_interval = check_interval
        self.wait_for_completion = wait_for_completion
        self._cluster: str | None = None
        self._step_ids: list[str] = []
        self._killed = False

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            self._cancel(self._step_ids)
            raise

    def poke(self, context) -> PokeReturnValue:
        cluster = self._find_cluster()
        if cluster != self._cluster:
            # Once, not at each look of a process that stays.
            EmrClusterLink.persist(
                context=context,
                operator=self,
                region_name=self.hook.conn_region_name,
                aws_partition=self.hook.conn_partition,
                job_flow_id=cluster,
            )
            self._cluster = cluster
        ti, run = context["ti"], context["dag_run"]
        mark = task_mark(run, ti.task_id, ti.map_index)
        found = self._steps_by_mark()
        self._end_of_killed_neighbours(found, ti, run)
        tries = found.get(mark, {})
        steps = _to_follow({number: self._once(each) for number, each in tries.items()}, ti)
        followed = {step["Id"] for step in steps}
        others = [s for of_try in tries.values() for s in of_try if s["Id"] not in followed]
        if self._end(others):
            return PokeReturnValue(False)
        self._step_ids = [step["Id"] for step in steps] or self._submit(mark, ti.try_number)
        if self._killed:
            self._cancel(self._step_ids)
            raise AirflowFailException("The task was killed.")
        for step in steps:
            state = step["Status"]["State"]
            self.log.info("step %s (%s) is %s", step["Id"], step["Name"], state)
            if state in FAILED:
                self._end(steps)
                raise AirflowFailException(self._failure(step))
        done = bool(steps) and all(step["Status"]["State"] == "COMPLETED" for step in steps)
        return PokeReturnValue(done or not self.wait_for_completion, self._step_ids)

    def on_kill(self) -> None:
        """Cancel the steps, now or as soon as they are known."""
        self._killed = True
        self._cancel(self._step_ids)

    def _find_cluster(self) -> str:
        if self.job_flow_id is not None:
            return self.job_flow_id
        found = self.hook.get_cluster_id_by_name(self.job_flow_name, list(ACTIVE))
        if found is None:
            raise AirflowFailException(
                f"No cluster named {self.job_flow_name} is {', '.join(ACTIVE)}: create one first."
            )
        return found

    def _steps_by_mark(self) -> dict[str, dict[int, list[Step]]]:
        """Steps of the cluster that tasks have submitted, by the task's mark and the try."""
        pages = self.hook.conn.get_paginator("list_steps").paginate(ClusterId=self._cluster)
        found: dict[str, dict[int, list[Step]]] = {}
        for page in pages:
            for step in page["Steps"]:
                if marked := _MARKED.search(step["Name"]):
                    tries = found.setdefault(marked["mark"], {})
                    tries.setdefault(int(marked["number"]), []).append(step)
        return found

    def _end_of_killed_neighbours(self, found, ti, run) -> None:
        tasks = self.dag.tasks if self.has_dag() else []
        working = {
            task.task_id: at_work
            for task in tasks
            if isinstance(task, EmrSubmitAndMonitorStepOperator)
            and task.task_id != ti.task_id
            and (at_work := _at_work(found.get(task_mark(run, task.task_id), {})))
        }
        if working:
            states = ti.get_task_states(
                dag_id=ti.dag_id, task_ids=list(working), run_ids=[ti.run_id]
            )
            for task_id, state in states.get(ti.run_id, {}).items():
                if state == "failed" and self._end(working[task_id]):
                    self.log.info("nobody waits for the steps of %s any more", task_id)

    def _submit(self, mark: str, number: int) -> list[str]:
        cluster = self.hook.conn.describe_cluster(ClusterId=self._cluster)["Cluster"]["Status"]
        if cluster["State"] not in ACTIVE:
            reason = cluster.get("StateChangeReason", {}).get("Message") or "no reason given"
            raise AirflowFailException(
                f"The cluster {self._cluster} is {cluster['State']} ({reason}) and takes no steps. "
                "Clear the task that creates the cluster, with those after it."
            )
        steps = [
            {**step, "Name": name}
            for step, name in zip(self.steps, self._names(f" [{mark}-{number}]"), strict=True)
        ]
        hook = EmrHook(**{**self._hook_parameters, "config": _NOT_REPEATED})
        submitted = hook.add_job_flow_steps(self._cluster, steps)
        self.log.info("submitted to %s: %s", self._cluster, ", ".join(submitted))
        return submitted

    def _names(self, end: str) -> list[str]:
        return [step["Name"][: _MOST_NAME - len(end)] + end for step in self.steps]

    def _once(self, steps: Sequence[Step]) -> list[Step]:
        """Of the steps of a try, which come as EMR lists them, the newest first, each one once."""
        found: list[Step] = []
        left = self._names(_MARKED.search(steps[0]["Name"])[0])
        for step in reversed(steps):
            if step["Name"] in left:
                left.remove(step["Name"])
                found.insert(0, step)
        return found

    def _end(self, steps: Sequence[Step]) -> bool:
        """Cancel those that are at work; returns whether there were any."""
        states = {step["Id"]: step["Status"]["State"] for step in steps}
        self._cancel([step for step, state in states.items() if state in ("PENDING", "RUNNING")])
        return any(state in AT_WORK for state in states.values())

    def _cancel(self, steps: Sequence[str]) -> None:
        if steps:
            self.log.info("cancelling %s of %s", ", ".join(steps), self._cluster)
            self.hook.conn.cancel_steps(
                ClusterId=self._cluster,
                StepIds=list(steps),
                # A step of a dead task has nobody to wait for its own orderly end.
                # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-cancel-steps.html
                StepCancellationOption="TERMINATE_PROCESS",
            )

    def _failure(self, step: Step) -> str:
        status = step["Status"]
        details = status.get("FailureDetails", {})
        told = [
            details.get("Reason"),
            details.get("Message"),
            status.get("StateChangeReason", {}).get("Message"),
        ]
        reason = "; ".join(dict.fromkeys(filter(None, told))) or "EMR gives no reason"
        log = details.get("LogFile")
        return (
            f"Step {step['Id']} ({step['Name']}) of cluster {self._cluster} is {status['State']}: "
            f"{reason}" + (f" (log: {log})" if log else "")
        )


def _at_work(tries: Mapping[int, list[Step]]) -> list[Step]:
    """Steps of a task's tries that have not ended."""
    steps = (step for of_try in tries.values() for step in of_try)
    return [step for step in steps if step["Status"]["State"] in AT_WORK]


def _to_follow(tries: Mapping[int, list[Step]], ti) -> list[Step]:
    """Steps of this try, or of the one that is retried where they have not failed, or none."""
    last = max(tries, default=0)
    if last == ti.try_number:
        return tries[last]
    if last < first_try(ti) or any(step["Status"]["State"] in FAILED for step in tries[last]):
        return []
    return tries[last]
