"""SQL on provisioned clusters: as whom it runs, and where its data is."""

from __future__ import annotations

from typing import Any

import pytest
from running import Cloud, allow, unique, until
from test_auth import refused
from test_redshift_clusters import SMALL, TASKS, OnCluster, arn, settled, state_of


@pytest.fixture(scope="module")
def cluster(cloud: Cloud) -> OnCluster:
    return OnCluster(cloud)


def test_a_statement_runs_as_the_database_user(cluster: OnCluster) -> None:
    table = unique("users").replace("-", "_")
    described = cluster.run(f"CREATE TABLE {table} (a INT)")
    assert described["Status"] == "FINISHED"
    assert described["ClusterIdentifier"] == cluster.name
    assert described["DbUser"] == "awsuser"
    unknown = cluster.run("SELECT 1", DbUser="nobody")
    assert unknown["Error"] == 'ERROR: FATAL: user "IAM:nobody" does not exist'
    assert cluster.run("CREATE USER reporter PASSWORD 'Abcdefg1'")["Status"] == "FINISHED"
    assert "Abcdefg1" not in cluster.cloud.log()
    named = cluster.run("SELECT current_user, upper(session_user)", DbUser="reporter")
    shown = cluster.data.get_statement_result(Id=named["Id"])
    assert shown["Records"] == [[{"stringValue": "reporter"}, {"stringValue": "REPORTER"}]]
    assert shown["ColumnMetadata"][0]["name"] == "current_user"
    denied = cluster.run(f"SELECT * FROM {table}", DbUser="reporter")
    assert denied["Error"] == f"ERROR: permission denied for relation {table}"
    cluster.run(f"GRANT SELECT ON {table} TO reporter")
    assert cluster.run(f"SELECT * FROM {table}", DbUser="reporter")["Status"] == "FINISHED"


def test_credentials_of_a_user_are_asked_for_as_the_caller(cluster: OnCluster) -> None:
    """By the statements that the program gives a role, and without each of them."""
    run = allow("redshift-data:ExecuteStatement", arn("cluster", cluster.name))
    on = {kind: arn(kind, f"{cluster.name}/{name}") for kind, name in KINDS.items()}
    action = "redshift:GetClusterCredentials"
    cases = [([run], "dbuser"), ([run, allow(action, on["dbuser"])], "dbname")]
    for statements, missing in cases:
        client = as_role(cluster.cloud, statements)
        code, message = refused(client.execute_statement, Sql="SELECT 1", **cluster.target)
        assert code == "AccessDeniedException"
        assert f"not authorized to perform: {action} on resource: {on[missing]}" in message
    client = as_role(cluster.cloud, [run, allow(action, list(on.values()))])
    assert client.execute_statement(Sql="SELECT 1", **cluster.target)["DbUser"] == "awsuser"
    other = refused(client.execute_statement, Sql="SELECT 1", **{**cluster.target, "DbUser": "b"})
    assert f"{action} on resource: {arn('dbuser', cluster.name + '/b')}" in other[1]


KINDS = {"dbuser": "awsuser", "dbname": "dev"}


def as_role(cloud: Cloud, statements: list[dict[str, Any]]) -> Any:
    """A client of the Data API with the rights of a role of tasks."""
    return cloud.client("redshift-data", cloud.as_role(cloud.role(TASKS, statements), TASKS))


def test_a_target_is_named_in_one_way(cloud: Cloud, cluster: OnCluster) -> None:
    run, on = cloud.client("redshift-data").execute_statement, cluster.name
    for target, said in (
        ({}, "exactly one"),
        ({"ClusterIdentifier": on, "WorkgroupName": "any"}, "exactly one"),
        ({"WorkgroupName": "any", "DbUser": "awsuser"}, "DbUser"),
        ({"ClusterIdentifier": "missing", "DbUser": "awsuser"}, "endpoint doesn't exist"),
        ({"ClusterIdentifier": on, "DbUser": "a", "SecretArn": "arn:aws:b"}, "SecretArn or DbUser"),
    ):
        code, message = refused(run, Sql="SELECT 1", Database="dev", **target)
        assert (code, said in message) == ("ValidationException", True), message


@pytest.mark.full
def test_a_role_without_a_user_is_the_user_of_its_name(cluster: OnCluster) -> None:
    target = {"ClusterIdentifier": cluster.name, "Database": "dev"}
    run = allow("redshift-data:*")
    action, on = "redshift:GetClusterCredentialsWithIAM", arn("dbname", f"{cluster.name}/dev")
    denied = as_role(cluster.cloud, [run])
    code, message = refused(denied.execute_statement, Sql="SELECT 1", **target)
    assert code == "AccessDeniedException"
    assert f"{action} on resource: {on}" in message
    table = unique("own").replace("-", "_")
    client = as_role(cluster.cloud, [run, allow(action, on)])
    statement = client.execute_statement(Sql=f"CREATE TABLE {table} (a INT)", **target)
    ended = until(lambda: ended_of(client, statement["Id"]))
    assert (ended["Status"], "DbUser" in ended) == ("FINISHED", False)
    other = as_role(cluster.cloud, [run, allow(action, on)])
    statement = other.execute_statement(Sql=f"SELECT * FROM {table}", **target)
    ended = until(lambda: ended_of(other, statement["Id"]))
    assert ended["Error"] == f"ERROR: permission denied for relation {table}"
    # The administrator may.
    assert cluster.run(f"SELECT * FROM {table}")["Status"] == "FINISHED"


def ended_of(client: Any, identifier: str) -> Any:
    """A statement when it has ended; else nothing."""
    described = client.describe_statement(Id=identifier)
    return described["Status"] in ("FINISHED", "FAILED", "ABORTED") and described


@pytest.mark.full
def test_the_secret_makes_a_caller_the_administrator(cluster: OnCluster) -> None:
    [found] = cluster.redshift.describe_clusters(ClusterIdentifier=cluster.name)["Clusters"]
    secret = found["MasterPasswordSecretArn"]
    target = {"ClusterIdentifier": cluster.name, "Database": "dev", "SecretArn": secret}
    run = allow("redshift-data:*")
    denied = as_role(cluster.cloud, [run])
    assert (
        "secretsmanager:GetSecretValue"
        in refused(denied.execute_statement, Sql="SELECT 1", **target)[1]
    )
    client = as_role(cluster.cloud, [run, allow("secretsmanager:GetSecretValue", secret)])
    statement = client.execute_statement(Sql="CREATE ROLE made_by_secret", **target)
    assert until(lambda: ended_of(client, statement["Id"]))["Status"] == "FINISHED"
    other = {**target, "SecretArn": f"{secret}x"}
    assert "could not be found" in refused(client.execute_statement, Sql="SELECT 1", **other)[1]


@pytest.mark.full
def test_a_copy_and_an_unload_work_as_the_clusters_role(cluster: OnCluster) -> None:
    cluster.put("in/rows.csv", "1,a\n2,b\n")
    cluster.run("CREATE TABLE loaded (id INT, name VARCHAR(8))")
    address = f"s3://{cluster.bucket}/in/rows.csv"
    assert cluster.run(f"COPY loaded FROM '{address}' IAM_ROLE default CSV")["ResultRows"] == 2
    assert cluster.rows("SELECT * FROM loaded ORDER BY id") == [(1, "a"), (2, "b")]
    to = f"UNLOAD ('SELECT * FROM loaded') TO 's3://{cluster.bucket}/out/' IAM_ROLE default"
    assert "s3:PutObject" in cluster.run(to)["Error"]
    other = cluster.cloud.role("redshift.amazonaws.com", [allow("s3:*")])
    unknown = cluster.run(f"COPY loaded FROM '{address}' IAM_ROLE '{other}' CSV")
    assert "is not associated to the cluster" in unknown["Error"]


@pytest.mark.full
def test_a_cluster_works_as_a_role_of_redshift_and_not_of_serverless(cloud: Cloud) -> None:
    serverless = cloud.role("redshift-serverless.amazonaws.com", [allow("s3:*")])
    redshift, name = cloud.client("redshift"), unique("trust")
    redshift.create_cluster(ClusterIdentifier=name, IamRoles=[serverless], **SMALL)
    settled(redshift, name)
    data, bucket = cloud.client("redshift-data"), cloud.bucket(**{"a.csv": "1\n"})
    target = {"ClusterIdentifier": name, "Database": "dev", "DbUser": "awsuser"}
    for sql in (
        "CREATE TABLE a (a INT)",
        f"COPY a FROM 's3://{bucket}/a.csv' IAM_ROLE '{serverless}' CSV",
    ):
        statement = data.execute_statement(Sql=sql, **target)
        ended = until(lambda of=statement["Id"]: ended_of(data, of))
    assert "not authorized to assume IAM Role" in ended["Error"]


@pytest.mark.full
def test_sessions_are_on_clusters_as_well(cluster: OnCluster) -> None:
    session = cluster.open("CREATE TEMP TABLE kept (a INT)")
    ended = cluster.inside(session, "SELECT * FROM kept")
    assert (ended["Status"], ended["ClusterIdentifier"]) == ("FINISHED", cluster.name)
    [listed] = cluster.plain("ListSessions", ClusterIdentifier=cluster.name)["Sessions"]
    assert (listed["SessionId"], listed["DbUser"]) == (session, "awsuser")
    assert cluster.plain("ListSessions", ClusterIdentifier="other") == {"Sessions": []}


@pytest.mark.full
def test_what_a_cluster_has_outlives_a_kill(fresh: Cloud) -> None:
    fresh.start()
    warehouse = OnCluster(fresh)
    warehouse.run("CREATE TABLE kept (a INT)", "INSERT INTO kept VALUES (7)")
    fresh.saved()
    fresh.kill()
    fresh.start()
    assert state_of(fresh.client("redshift"), warehouse.name) == "available"
    assert warehouse.rows("SELECT a FROM kept") == [(7,)]


@pytest.mark.full
def test_the_data_is_gone_with_the_cluster(cloud: Cloud) -> None:
    warehouse = OnCluster(cloud)
    warehouse.run("CREATE TABLE lost (a INT)")
    gone = {"ClusterIdentifier": warehouse.name, "SkipFinalClusterSnapshot": True}
    warehouse.redshift.delete_cluster(**gone)
    code, message = refused(warehouse.data.execute_statement, Sql="SELECT 1", **warehouse.target)
    assert (code, "endpoint doesn't exist" in message) == ("ValidationException", True)
    settled(warehouse.redshift, warehouse.name, "")
    warehouse.created()
    assert 'relation "lost" does not exist' in warehouse.run("SELECT * FROM lost")["Error"]
