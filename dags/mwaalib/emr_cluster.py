"""EMR clusters that live as long as one run of a DAG."""

from __future__ import annotations

import re
import time

from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.operators.emr import (
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.sdk import Variable

#: States of a cluster that can still take steps, or will.
ACTIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")

#: States of a cluster that costs nothing any more.
GONE = ("TERMINATED", "TERMINATED_WITH_ERRORS")

# https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
_MOST_NAME = 256


def cluster_name(dag_id: str, run_id: str) -> str:
    """Name of a run's cluster: the same at every try, so that a try finds what one before made."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{dag_id}-{run_id}")[:_MOST_NAME]


def active_clusters(hook: EmrHook, name: str) -> list[str]:
    """Ids of the clusters of this name that are not ending; the newest first, as EMR lists them."""
    pages = hook.conn.get_paginator("list_clusters").paginate(ClusterStates=list(ACTIVE))
    return [
        cluster["Id"] for page in pages for cluster in page["Clusters"] if cluster["Name"] == name
    ]


def terminate_clusters_of_run(context) -> None:
    """End the clusters of a run. For `on_failure_callback` of the task that makes one.

    A teardown is skipped when its setup fails, and a worker can be lost between RunJobFlow and the
    end of the task. The callback runs in both cases: Airflow calls it for a task whose worker is
    gone as well.
    """
    hook = EmrHook(emr_conn_id=None)
    run = context["dag_run"]
    found = active_clusters(hook, cluster_name(run.dag_id, run.run_id))
    if found:
        hook.conn.terminate_job_flows(JobFlowIds=found)


class EmrCreateRunClusterOperator(EmrCreateJobFlowOperator):
    """Make the cluster of a run, or take the one that an earlier try of the task has made.

    It does not wait for the cluster: a sensor does, which frees its slot meanwhile.

    Args:
        variable: Airflow Variable that holds RunJobFlow's request as JSON, without `Name`; it is
            read when the task runs.
        **kwargs: As of `EmrCreateJobFlowOperator`.

    Returns:
        The cluster's id.

    Raises:
        botocore.exceptions.ClientError: when EMR refuses the request. A cluster that was made and
            then could not be handed on is ended.
    """

    def __init__(self, *, variable: str, **kwargs) -> None:
        super().__init__(emr_conn_id=None, on_failure_callback=terminate_clusters_of_run, **kwargs)
        self.variable = variable

    def execute(self, context):
        run = context["dag_run"]
        name = cluster_name(run.dag_id, run.run_id)
        found = active_clusters(self.hook, name)
        if found:
            self.log.info("an earlier try has made the cluster %s (%s)", found[0], name)
            return found[0]
        request = Variable.get(self.variable, deserialize_json=True)
        self.job_flow_overrides = {**request, "Name": name}
        try:
            return super().execute(context)
        except Exception:
            self.on_kill()
            raise


class EmrTerminateRunClusterOperator(EmrTerminateJobFlowOperator):
    """End a cluster, with what runs on it, and wait until it is gone.

    A cluster that has ended already, or is ending, is right as it is.

    Args:
        job_flow_id: The cluster's id.
        **kwargs: As of `EmrTerminateJobFlowOperator`; `waiter_delay` is in seconds, and after
            `waiter_max_attempts` looks the task fails.

    Raises:
        TimeoutError: when the cluster is not gone by then.
    """

    def execute(self, context) -> None:
        super().execute(context)
        for _ in range(self.waiter_max_attempts):
            status = self.hook.conn.describe_cluster(ClusterId=self.job_flow_id)["Cluster"][
                "Status"
            ]
            if status["State"] in GONE:
                self.log.info("the cluster %s is %s", self.job_flow_id, status["State"])
                return
            time.sleep(self.waiter_delay)
        raise TimeoutError(
            f"The cluster {self.job_flow_id} is {status['State']} "
            f"{self.waiter_max_attempts * self.waiter_delay} seconds after its end was asked for. "
            "Look at it in the EMR console; its auto-termination ends it when it is idle."
        )
