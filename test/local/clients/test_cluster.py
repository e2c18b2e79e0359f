"""A cluster of Redshift that the AWS CLI makes and the AWS SDK for pandas queries."""

from __future__ import annotations

import awswrangler as wr
import pandas as pd
import pytest
from conftest import Account
from running import unique
from test_boto3 import cli


def test_a_cluster_is_made_queried_and_deleted(account: Account) -> None:
    """As docs/laptop.md shows it for a stack that finds a cluster."""
    name = unique("existing")
    named = ("--cluster-identifier", name)
    made = cli(
        *("redshift", "create-cluster", *named, "--node-type", "ra3.large"),
        *("--master-username", "awsuser", "--manage-master-password"),
    )
    assert made["Cluster"]["ClusterStatus"] == "creating"
    # Before its first look it has started Python, which takes longer than the cluster.
    cli("redshift", "wait", "cluster-available", *named)
    query = ("--database", "dev", "--db-user", "awsuser", "--sql", "SELECT 1")
    assert cli("redshift-data", "execute-statement", *named, *query)["DbUser"] == "awsuser"
    target = {"cluster_id": name, "database": "dev"}
    connection = wr.data_api.redshift.connect(**target, db_user="awsuser")
    for sql in (
        "CREATE USER reporter PASSWORD DISABLE",
        "CREATE TABLE fruit (id INT, name VARCHAR(8))",
        "GRANT SELECT ON fruit TO reporter",
    ):
        wr.data_api.redshift.read_sql_query(sql, con=connection)
    insert = "INSERT INTO fruit VALUES (1, 'Plum'), (2, NULL)"
    wr.data_api.redshift.read_sql_query(insert, con=connection)
    reader = wr.data_api.redshift.connect(**target, db_user="reporter")
    found = wr.data_api.redshift.read_sql_query("SELECT * FROM fruit ORDER BY id", con=reader)
    assert list(found["id"]) == [1, 2]
    assert found["name"][0] == "Plum" and pd.isna(found["name"][1])
    with pytest.raises(Exception, match="permission denied for relation fruit"):
        wr.data_api.redshift.read_sql_query(insert, con=reader)
    cli("redshift", "delete-cluster", *named, "--skip-final-cluster-snapshot")
