"""Queries of Athena."""

from __future__ import annotations

from airflow.providers.amazon.aws.operators.athena import AthenaOperator

from mwaalib import lake_formation


class QueryOperator(AthenaOperator):
    """`AthenaOperator` that tells what to grant where Lake Formation refuses the query.

    Raises:
        LakeFormationError: in `execute`. Other failures are as those of `AthenaOperator`.
    """

    @lake_formation.told()
    def execute(self, context):
        return super().execute(context)
