"""Steps on an EMR cluster: submit, wait, and tell why when they fail.

The post's operator of the same name, for which see
https://github.com/aws-samples/amazon-mwaa-complex-workflow-using-step-functions
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.bases.sensor import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout

from mwaalib.emr_cluster import ACTIVE

#: States of a step that has not ended. https://docs.aws.amazon.com/emr/latest/APIReference/API_StepStatus.html
RUNNING = ("PENDING", "RUNNING")

#: States of a step that will not give a result.
FAILED = ("CANCEL_PENDING", "CANCELLED", "FAILED", "INTERRUPTED")

# https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html
_MOST_NAME = 256


class EmrSubmitAndMonitorStepOperator(AwsBaseSensor[EmrHook]):
    """Submit steps to a cluster and wait until they have ended.

    Between two looks the task is rescheduled, so that its worker slot is free. The provider's
    trigger would be cheaper, but it is not told of a kill, and wants `aiobotocore` installed.

    The steps' names carry a mark of run, task and try. By it each look finds the steps again, and a
    try after a worker was lost takes over those that are still at work. What an earlier try
    completed is run again, since a cleared task is meant to be.

    When the task is killed at a look, its steps are cancelled. Between two looks there is no
    process that a kill could reach: there the end of the cluster, which follows as a teardown, ends
    them.

    Args:
        steps: Steps as AddJobFlowSteps takes them.
        job_flow_id: Id of the cluster. Either this or `job_flow_name`.
        job_flow_name: Name of a cluster that is active.
        check_interval: Seconds between two looks. Default 30.
        wait_for_completion: Wait for the steps to end. Default True.
        **kwargs: As of a sensor; `timeout` is in seconds and counts from the first look.

    Returns:
        Ids of the steps.

    Raises:
        ValueError: when not exactly one of `job_flow_id` and `job_flow_name` is given, or no step.
        AirflowFailException: when a step is FAILED, CANCELLED, INTERRUPTED or CANCEL_PENDING, with
            its reason and where its log lies; when the cluster takes no steps any more, or none has
            the name. A retry would meet the same.
        AirflowSensorTimeout: after `timeout`; the steps are cancelled.
    """

    aws_hook_class = EmrHook
    template_fields: Sequence[str] = aws_template_fields("job_flow_id", "job_flow_name", "steps")
    template_fields_renderers: ClassVar[dict] = {"steps": "json"}
    ui_color = "#f9c915"

    def __init__(
        self,
        *,
        steps: Sequence[Mapping[str, Any]],
        job_flow_id: str | None = None,
        job_flow_name: str | None = None,
        check_interval: float = 30,
        wait_for_completion: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(mode="reschedule", poke_interval=check_interval, **kwargs)
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

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            self.on_kill()
            raise

    def poke(self, context) -> PokeReturnValue:
        self._cluster = self._find_cluster()
        mark, own = _marks(context["ti"])
        there = self._marked(mark)
        if not any(step["Name"].endswith(own) for step in there):
            # Steps of an earlier try: at work they are taken over, ended ones are of no use.
            there = [step for step in there if step["Status"]["State"] in RUNNING]
        if not there:
            return PokeReturnValue(not self.wait_for_completion, self._submit(own))
        self._step_ids = [step["Id"] for step in there]
        for step in there:
            state = step["Status"]["State"]
            self.log.info("step %s (%s) is %s", step["Id"], step["Name"], state)
            if state in FAILED:
                self.on_kill()
                raise AirflowFailException(self._failure(step))
        done = all(step["Status"]["State"] == "COMPLETED" for step in there)
        return PokeReturnValue(done or not self.wait_for_completion, self._step_ids)

    def on_kill(self) -> None:
        """Cancel the steps, at work or not yet."""
        if self._cluster is not None and self._step_ids:
            self.log.info("cancelling the steps %s", ", ".join(self._step_ids))
            self.hook.conn.cancel_steps(
                ClusterId=self._cluster,
                StepIds=self._step_ids,
                StepCancellationOption="TERMINATE_PROCESS",
            )

    def _find_cluster(self) -> str:
        if self.job_flow_id is not None:
            return self.job_flow_id
        found = self.hook.get_cluster_id_by_name(self.job_flow_name, list(ACTIVE))
        if found is None:
            raise AirflowFailException(
                f"No cluster named {self.job_flow_name} is {', '.join(ACTIVE)}: make one first."
            )
        return found

    def _marked(self, mark: str) -> list[dict[str, Any]]:
        pages = self.hook.conn.get_paginator("list_steps").paginate(ClusterId=self._cluster)
        return [step for page in pages for step in page["Steps"] if mark in step["Name"]]

    def _submit(self, mark: str) -> list[str]:
        cluster = self.hook.conn.describe_cluster(ClusterId=self._cluster)["Cluster"]["Status"]
        if cluster["State"] not in ACTIVE:
            reason = cluster.get("StateChangeReason", {}).get("Message") or "no reason given"
            raise AirflowFailException(
                f"The cluster {self._cluster} is {cluster['State']} ({reason}) and takes no steps. "
                "Clear the task that makes the cluster, with those after it."
            )
        steps = [{**step, "Name": f"{step['Name']} {mark}"[-_MOST_NAME:]} for step in self.steps]
        self._step_ids = self.hook.add_job_flow_steps(self._cluster, steps)
        self.log.info("submitted to %s: %s", self._cluster, ", ".join(self._step_ids))
        return self._step_ids

    def _failure(self, step: dict[str, Any]) -> str:
        status = step["Status"]
        details = status.get("FailureDetails", {})
        reason = (
            details.get("Message")
            or details.get("Reason")
            or status.get("StateChangeReason", {}).get("Message")
            or "EMR gives no reason"
        )
        log = details.get("LogFile")
        return (
            f"Step {step['Id']} ({step['Name']}) of cluster {self._cluster} is {status['State']}: "
            f"{reason}" + (f". Log: {log}" if log else "")
        )


def _marks(ti) -> tuple[str, str]:
    """What the names of a task's steps carry: at every try, and at this one."""
    whose = "\0".join([ti.dag_id, ti.run_id, ti.task_id, str(ti.map_index)])
    mark = f"[{hashlib.sha256(whose.encode()).hexdigest()[:12]}"
    return mark, f"{mark}-{ti.try_number}]"
