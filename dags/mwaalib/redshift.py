"""SQL on the Redshift that the Variables name."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow.providers.amazon.aws.hooks.redshift_data import (
    RedshiftDataHook,
    RedshiftDataQueryFailedError,
)
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.sdk import Variable
from airflow.sdk.exceptions import AirflowFailException

#: What Redshift says to a transaction that it undoes because of another that was at work beside it:
#: of the isolation (1023), and of a table that the other has put in the place of the one looked at
#: (1018). Both are to be repeated:
#: https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation-serializable-isolation-troubleshooting.html
_MET_ANOTHER = re.compile(r"ERROR: ?(?:1023|1018)\b|Serializable isolation violation")

#: How often a transaction is begun, and the most seconds between two of them; they are drawn by
#: chance, so that the transactions of two tasks do not meet again.
TRANSACTIONS = 10
_MOST_SECONDS = 30


class _WaitingHook(RedshiftDataHook):
    """Knows the statement that it waits for; the provider's operator does only after the wait."""

    waits_for: str | None = None

    def wait_for_results(self, statement_id: str, poll_interval: int) -> str:
        self.waits_for = statement_id
        return super().wait_for_results(statement_id, poll_interval)


class RedshiftTargetOperator(RedshiftDataOperator):
    """`RedshiftDataOperator` on the workgroup or the cluster of the Variables.

    Variables, read when the task runs: `redshift_db`, and either `redshift_workgroup`, with
    `redshift_secret_arn` where statements run as the administrator, or `redshift_cluster` with
    `redshift_db_user`. The Data API takes exactly one of workgroup and
    cluster, and a template that renders to nothing still counts as one, so the choice is made here.

    https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html:
    a list of statements is one transaction.

    A transaction that Redshift undoes because it met another, as of an overlapping run, is begun
    again, up to TRANSACTIONS times.

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
        self._choose_target()
        return self._begun_again(lambda: super(RedshiftTargetOperator, self).execute(context))

    def _begun_again(self, transaction: Callable[[], Any]) -> Any:
        """What a transaction gives, which is repeated where Redshift undoes it for another."""
        for number in itertools.count(1):
            try:
                return transaction()
            except RedshiftDataQueryFailedError as error:
                if number == TRANSACTIONS or not _MET_ANOTHER.search(str(error)):
                    raise
                self.log.warning("%s Begun again, %d of %d.", error, number + 1, TRANSACTIONS)
            time.sleep(random.uniform(0, min(2**number, _MOST_SECONDS)))  # noqa: S311

    def _choose_target(self) -> None:
        workgroup = Variable.get("redshift_workgroup", default=None)
        cluster = Variable.get("redshift_cluster", default=None)
        if (workgroup is None) == (cluster is None):
            raise ValueError(
                f"The Variables redshift_workgroup ({workgroup}) and redshift_cluster ({cluster}): "
                "set exactly one of them."
            )
        self.workgroup_name = workgroup
        self.cluster_identifier = cluster
        self.secret_arn = Variable.get("redshift_secret_arn", default=None) if workgroup else None
        self.db_user = Variable.get("redshift_db_user") if cluster is not None else None
        self.database = Variable.get("redshift_db")

    def on_kill(self) -> None:
        """Cancel the statement that is waited for."""
        if self.hook.waits_for is not None:
            self.statement_id = self.hook.waits_for
        super().on_kill()


class RedshiftTableOperator(RedshiftTargetOperator):
    """Create a table, or have the one that is there become as it must be.

    CREATE TABLE IF NOT EXISTS succeeds whatever table has the name. One with other columns gives
    its name up and keeps its rows under another, and a new one is created in the same transaction:
    no query finds none.

    The Variable `redshift_readers`, if there is one, lists who may read the table, as GRANT takes
    them: `ROLE a, GROUP b, c`.

    Args:
        table: Name of the table, without a schema. Rendered.
        columns: Declaration of each column, such as `varchar(1024)`.
        types: Redshift's name of the type of each column, such as `varchar` or `numeric`, as
            GetStatementResult tells it.
        **kwargs: As of `RedshiftTargetOperator`, without `sql`.

    Raises:
        AirflowFailException: when the database refuses it: the table is somebody else's. A retry
            would find it so again.
    """

    template_fields: Sequence[str] = (*RedshiftTargetOperator.template_fields, "table")

    def __init__(
        self, *, table: str, columns: Mapping[str, str], types: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(sql="", **kwargs)
        self.table = table
        self.columns = columns
        self.types = types

    def execute(self, context) -> None:
        self._choose_target()
        declared = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        self._run(f"CREATE TABLE IF NOT EXISTS {self.table} ({declared})")
        self._reconcile(declared)
        readers = Variable.get("redshift_readers", default=None)
        if readers is not None:
            self._run(f"GRANT SELECT ON {self.table} TO {readers}")

    def _reconcile(self, declared: str) -> None:
        # Of the program's own setting, which has letters, digits and underscores alone.
        found = self._types(self._run(f"SELECT * FROM {self.table} LIMIT 0"))  # noqa: S608
        if found == self.types:
            return
        # An identifier has 127 bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
        kept = f"{self.table[:100]}_until_{datetime.now(UTC):%Y%m%d_%H%M%S}"
        self.log.info("%s has the columns %s: it is %s now", self.table, found, kept)
        rename = f"ALTER TABLE {self.table} RENAME TO {kept}"
        self._run([rename, f"CREATE TABLE {self.table} ({declared})"])

    def _run(self, sql: str | list[str]) -> str:
        """Run a statement, or those of one transaction, to the end; returns the id."""
        try:
            return self._begun_again(
                lambda: (
                    self.hook.execute_query(
                        sql=sql,
                        database=self.database,
                        workgroup_name=self.workgroup_name,
                        cluster_identifier=self.cluster_identifier,
                        db_user=self.db_user,
                        secret_arn=self.secret_arn,
                        poll_interval=self.poll_interval,
                    ).statement_id
                )
            )
        except RedshiftDataQueryFailedError as error:
            if not re.search("permission denied|must be owner", str(error)):
                raise
            raise AirflowFailException(
                f"{error} The database user of the tasks must own {self.table} and may have to "
                "create it: docs/movie-list-pipeline.md tells what to run, as a superuser."
            ) from error

    def _types(self, statement: str) -> dict[str, str]:
        """Type of each column of a result, in their order."""
        result = self.hook.conn.get_statement_result(Id=statement)
        return {column["name"]: column["typeName"] for column in result["ColumnMetadata"]}
