"""SQL on the Redshift that the Variables name."""

from __future__ import annotations

from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.sdk import Variable


class _WaitingHook(RedshiftDataHook):
    """Knows the statement that it waits for; the provider's operator does only after the wait."""

    waits_for: str | None = None

    def wait_for_results(self, statement_id: str, poll_interval: int) -> str:
        self.waits_for = statement_id
        return super().wait_for_results(statement_id, poll_interval)


class RedshiftTargetOperator(RedshiftDataOperator):
    """`RedshiftDataOperator` on the workgroup or the cluster of the Variables.

    Variables, read when the task runs: `redshift_db`, and either `redshift_workgroup`, or
    `redshift_cluster` with `redshift_db_user`. The Data API takes exactly one of workgroup and
    cluster, and a template that renders to nothing still counts as one, so the choice is made here.

    https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html:
    a list of statements is one transaction.

    A task that is killed, or has waited longer than its `execution_timeout`, cancels what it waits
    for.

    Args:
        sql: Statement, or list of statements of one transaction.
        **kwargs: As of `RedshiftDataOperator`, without what the Variables give.

    Raises:
        ValueError: in `execute`, when the Variables name no target, or two.
    """

    aws_hook_class = _WaitingHook

    def execute(self, context):
        workgroup = Variable.get("redshift_workgroup", default=None)
        cluster = Variable.get("redshift_cluster", default=None)
        if (workgroup is None) == (cluster is None):
            raise ValueError(
                f"The Variables redshift_workgroup ({workgroup}) and redshift_cluster ({cluster}): "
                "set exactly one of them."
            )
        self.workgroup_name = workgroup
        self.cluster_identifier = cluster
        self.db_user = Variable.get("redshift_db_user") if cluster is not None else None
        self.database = Variable.get("redshift_db")
        return super().execute(context)

    def on_kill(self) -> None:
        """Cancel the statement that is waited for."""
        if self.hook.waits_for is not None:
            self.statement_id = self.hook.waits_for
        super().on_kill()
