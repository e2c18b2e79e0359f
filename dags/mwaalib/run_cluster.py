"""What the DAGs with an EMR cluster of their own have in common: wait, teardown, end."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.amazon.aws.sensors.emr import EmrJobFlowSensor
from airflow.providers.standard.operators.empty import EmptyOperator

from mwaalib.defaults import TASK_TIMEOUT
from mwaalib.emr_cluster import EmrTerminateRunClusterOperator
from mwaalib.polling import poll_seconds, waiting

#: Seconds between two polls of what runs elsewhere.
POLL_SECONDS = poll_seconds()

#: Seconds that a cluster may take to be ready, and to be gone.
CLUSTER_SECONDS = 40 * 60


def wait_for_cluster(create, task_id: str = "wait_for_cluster") -> EmrJobFlowSensor:
    """Sensor that waits until the cluster of a task takes steps.

    Args:
        create: Task that creates the cluster.
        task_id: Id of the sensor.
    """
    return EmrJobFlowSensor(
        task_id=task_id,
        job_flow_id=create.output,
        # RUNNING: this task was cleared while steps or an execution are at work.
        target_states=["RUNNING", "WAITING"],
        failed_states=["TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"],
        poke_interval=POLL_SECONDS,
        **waiting(CLUSTER_SECONDS, TASK_TIMEOUT, POLL_SECONDS),
    )


def terminate_cluster(
    create,
    variables: dict[str, str],
    operator: type[EmrTerminateRunClusterOperator] = EmrTerminateRunClusterOperator,
    task_id: str = "terminate_cluster",
):
    """Teardown that terminates the cluster of a task, whatever happens.

    Args:
        create: Task that creates the cluster: the teardown's setup.
        variables: Names of the Variables with the cluster's request, as `create` has them.
        operator: Class of the task.
        task_id: Id of the task.
    """
    task = operator(
        task_id=task_id,
        job_flow_id=create.output,
        waiter_delay=POLL_SECONDS,
        waiter_max_attempts=CLUSTER_SECONDS // POLL_SECONDS,
        # A leaked cluster keeps incurring charges.
        retries=5,
        execution_timeout=timedelta(seconds=CLUSTER_SECONDS) + TASK_TIMEOUT,
        **variables,
    )
    return task.as_teardown(setups=create)


def end_run(work, terminate, task_id: str = "end_run") -> EmptyOperator:
    """Last task of a run whose last work is on its cluster: the run fails where either has failed.

    Airflow leaves a teardown out of the state of a run, and one that it is told to count takes the
    place of the tasks before it: https://airflow.apache.org/docs/apache-airflow/stable/howto/setup-and-teardown.html

    Args:
        work: Last task that works on the cluster.
        terminate: The cluster's teardown.
        task_id: Id of the task.
    """
    end = EmptyOperator(task_id=task_id)
    [work, terminate] >> end
    return end
