"""EMR clusters that live as long as one run of a DAG."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.operators.emr import (
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.sdk import Variable

from mwaalib.runs import mark

#: States of a cluster that takes steps, or will.
ACTIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")

#: States of a cluster that costs nothing any more.
GONE = ("TERMINATED", "TERMINATED_WITH_ERRORS")

# EMR takes 256: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
_MOST_READABLE = 200


def cluster_name(request: dict, dag_run) -> str:
    """Name of a run's cluster: the same at every try, so that a try finds what one before made.

    Args:
        request: RunJobFlow's request. Its `LogUri` is the stack's own, so that the runs of two
            stacks in one account never take each other's cluster.
        dag_run: The run.
    """
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{dag_run.dag_id}-{dag_run.run_id}")
    own = mark(request["LogUri"], dag_run.dag_id, dag_run.run_id, dag_run.run_after.isoformat())
    return f"{readable[:_MOST_READABLE]}-{own}"


def active_clusters(hook: EmrHook, name: str) -> list[str]:
    """Ids of the clusters of this name that are not ending; the newest first, as EMR lists them."""
    pages = hook.conn.get_paginator("list_clusters").paginate(ClusterStates=list(ACTIVE))
    return [
        cluster["Id"] for page in pages for cluster in page["Clusters"] if cluster["Name"] == name
    ]


def job_flow_request(
    variable: str, log_uri_variable: str | None = None, subnet_variable: str | None = None
) -> dict[str, Any]:
    """RunJobFlow's request, without `Name`, as the Variables give it now.

    Args:
        variable: Airflow Variable that holds the request as JSON.
        log_uri_variable: Airflow Variable that holds its `LogUri`, if that is none of the JSON.
        subnet_variable: Airflow Variable that holds its `Instances.Ec2SubnetIds`, with commas
            between them, likewise.
    """
    request = Variable.get(variable, deserialize_json=True)
    if log_uri_variable is not None:
        request["LogUri"] = Variable.get(log_uri_variable)
    if subnet_variable is not None:
        subnets = [subnet.strip() for subnet in Variable.get(subnet_variable).split(",")]
        request["Instances"] = {**request["Instances"], "Ec2SubnetIds": subnets}
    return request


def _clusters_of_run(hook: EmrHook, request: Mapping[str, Any], context) -> list[str]:
    return active_clusters(hook, cluster_name(request, context["dag_run"]))


def end_clusters_of_run(context) -> None:
    """End the clusters of a run. For `on_failure_callback` of `EmrCreateRunClusterOperator`.

    A teardown is skipped when its setup fails, and a worker can be lost between RunJobFlow and the
    end of the task. The callback runs in both cases: the scheduler has it run for a task whose
    worker is gone.
    """
    task = context["task"]
    # The scheduler's task has its templates as they are written.
    region = task.render_template(task.region_name, context)
    hook = EmrHook(emr_conn_id=None, aws_conn_id=task.aws_conn_id, region_name=region)
    found = _clusters_of_run(hook, job_flow_request(**task.variables), context)
    if found:
        hook.conn.terminate_job_flows(JobFlowIds=found)


def _variables(
    variable: str, log_uri_variable: str | None, subnet_variable: str | None
) -> dict[str, str | None]:
    return {
        "variable": variable,
        "log_uri_variable": log_uri_variable,
        "subnet_variable": subnet_variable,
    }


class EmrCreateRunClusterOperator(EmrCreateJobFlowOperator):
    """Make the cluster of a run, or take the one that an earlier try of the task has made.

    It does not wait for the cluster: a sensor does, which frees its slot meanwhile.

    The task's clusters are ended when it is killed, when it fails for good, and when creating one
    fails half-way. A task that somebody marks as failed between two tries has no process and no
    callback: its cluster ends by its own AutoTerminationPolicy.

    Args:
        variable: Airflow Variable that holds RunJobFlow's request as JSON, without `Name`; it is
            read when the task runs, as are the other two.
        log_uri_variable: Airflow Variable that holds the request's `LogUri`. Default None: the JSON
            has it.
        subnet_variable: Airflow Variable that holds the request's `Instances.Ec2SubnetIds`, with
            commas between them. Default None: the JSON has them.
        check: Called with the context at the begin of each try. What it raises fails the task
            before a cluster is paid for. Default None.
        on_failure_callback: Called with the context after the clusters are ended.
        **kwargs: As of `EmrCreateJobFlowOperator`.

    Returns:
        The cluster's id.

    Raises:
        botocore.exceptions.ClientError: when EMR refuses the request.
        RuntimeError: when the task was killed while EMR created the cluster.
    """

    def __init__(
        self,
        *,
        variable: str,
        log_uri_variable: str | None = None,
        subnet_variable: str | None = None,
        check: Callable[[Any], None] | None = None,
        on_failure_callback: Callable[[Any], None] | Sequence[Callable[[Any], None]] | None = None,
        **kwargs,
    ) -> None:
        after = on_failure_callback or []
        super().__init__(
            emr_conn_id=None,
            on_failure_callback=[end_clusters_of_run, *([after] if callable(after) else after)],
            **kwargs,
        )
        self.variables = _variables(variable, log_uri_variable, subnet_variable)
        self.check = check
        self._job_flow_id: str | None = None
        self._killed = False

    def execute(self, context) -> str | None:
        if self.check is not None:
            self.check(context)
        request = job_flow_request(**self.variables)
        name = cluster_name(request, context["dag_run"])
        found = active_clusters(self.hook, name)
        if found:
            self._job_flow_id = found[0]
            self.log.info("an earlier try has created the cluster %s (%s)", found[0], name)
            return found[0]
        self.job_flow_overrides = {**request, "Name": name}
        try:
            made = super().execute(context)
            # A kill leaves a few seconds. One that came while EMR answered knew no id to end.
            if self._killed:
                raise RuntimeError(f"The task was killed while EMR created the cluster {made}.")
        except Exception:
            super().on_kill()
            raise
        return made

    def on_kill(self) -> None:
        """End the cluster, now or as soon as its id is known."""
        self._killed = True
        super().on_kill()


class EmrTerminateRunClusterOperator(EmrTerminateJobFlowOperator):
    """End a cluster, with what runs on it, and wait until it is gone.

    A cluster that has ended already, or is ending, is right as it is. A second cluster of the run
    ends as well: the SDK repeats a RunJobFlow that got no answer, and EMR then creates two.

    The provider's trigger and botocore's waiter take TERMINATED_WITH_ERRORS for a failure; for an
    end it is as good as TERMINATED, so the wait is its own.

    Args:
        job_flow_id: The cluster's id.
        variable: As of `EmrCreateRunClusterOperator`.
        log_uri_variable: Likewise.
        subnet_variable: Likewise.
        **kwargs: As of `EmrTerminateJobFlowOperator`; `waiter_delay` is in seconds, and after
            `waiter_max_attempts` looks the task fails.

    Raises:
        TimeoutError: when a cluster is not gone by then.
    """

    def __init__(
        self,
        *,
        variable: str,
        log_uri_variable: str | None = None,
        subnet_variable: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.variables = _variables(variable, log_uri_variable, subnet_variable)

    def execute(self, context) -> None:
        super().execute(context)
        others = _clusters_of_run(self.hook, job_flow_request(**self.variables), context)
        if others:
            self.hook.conn.terminate_job_flows(JobFlowIds=others)
        self._wait_until_gone({self.job_flow_id, *others})

    def _wait_until_gone(self, clusters: Iterable[str]) -> None:
        left = dict.fromkeys(clusters, "")
        for look in range(self.waiter_max_attempts):
            if look > 0:
                time.sleep(self.waiter_delay)
            left = {cluster: self._state(cluster) for cluster in left}
            self.log.info("ending: %s", left)
            left = {cluster: state for cluster, state in left.items() if state not in GONE}
            if not left:
                return
        states = ", ".join(f"{cluster} is {state}" for cluster, state in left.items())
        raise TimeoutError(
            f"{states}, {self.waiter_max_attempts * self.waiter_delay} seconds after the end was "
            "asked for. Look at it in the EMR console: a cluster that is protected from "
            "termination, or whose nodes do not answer, has to be ended there."
        )

    def _state(self, cluster: str) -> str:
        return self.hook.conn.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"]
