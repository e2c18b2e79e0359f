"""What was made is there after a stop, and after a kill."""

from __future__ import annotations

import stat
import time
from typing import Any

import pytest
from running import Cloud, until
from test_athena import Lake
from test_mwaa import Ground
from test_redshift import LONG, Warehouse, given


def known(cloud: Cloud, ground: Ground, lake: Lake, warehouse: Warehouse) -> dict[str, Any]:
    """All that clients can see of what `make` made."""
    s3, name = cloud.client("s3"), "mwaa-kept"
    versions = s3.list_object_versions(Bucket=ground.bucket)["Versions"]
    return {
        "inventory": cloud.inventory(),
        "versions": sorted((v["Key"], v["VersionId"], v["IsLatest"]) for v in versions),
        "block": s3.get_public_access_block(Bucket=ground.bucket)["PublicAccessBlockConfiguration"],
        "versioning": s3.get_bucket_versioning(Bucket=ground.bucket)["Status"],
        "old version": s3.get_object(
            Bucket=ground.bucket,
            Key="requirements.txt",
            VersionId=ground.versions["requirements.txt"],
        )["Body"].read(),
        "environment": cloud.client("mwaa").get_environment(Name=name)["Environment"],
        "parameter": cloud.client("ssm").get_parameter(Name="/kept/a")["Parameter"]["Value"],
        "rows": warehouse.rows("SELECT a FROM kept ORDER BY a"),
        "table": lake.rows("SELECT name FROM kept ORDER BY name"),
        "workgroup": lake.athena.get_work_group(WorkGroup=lake.workgroup)["WorkGroup"][
            "Configuration"
        ],
        "role": cloud.client("iam").get_role(RoleName=ground.role.rsplit("/", 1)[-1])["Role"][
            "Arn"
        ],
        "policy": cloud.client("iam").get_role_policy(
            RoleName=warehouse.role.rsplit("/", 1)[-1], PolicyName="rights"
        )["PolicyDocument"],
    }


def make(cloud: Cloud) -> tuple[Ground, Lake, Warehouse]:
    """Something of each kind."""
    ground, lake, warehouse = Ground(cloud), Lake(cloud), Warehouse(cloud)
    cloud.client("s3").put_object(Bucket=ground.bucket, Key="requirements.txt", Body=b"newer")
    cloud.client("mwaa").create_environment(
        **ground.arguments(
            Name="mwaa-kept",
            RequirementsS3Path="requirements.txt",
            RequirementsS3ObjectVersion=ground.versions["requirements.txt"],
        )
    )
    cloud.client("ssm").put_parameter(Name="/kept/a", Value="b", Type="String")
    assert warehouse.run("CREATE TABLE kept (a int)")["Status"] == "FINISHED"
    assert warehouse.run("INSERT INTO kept VALUES (1), (2)")["Status"] == "FINISHED"
    lake.put("files/kept/a.csv", "one\ntwo\n")
    sql = (
        f"CREATE EXTERNAL TABLE {lake.database}.kept (name string) ROW FORMAT DELIMITED "
        f"FIELDS TERMINATED BY ',' LOCATION 's3://{lake.bucket}/files/kept/'"
    )
    assert lake.run(sql)["Status"]["State"] == "SUCCEEDED"
    return ground, lake, warehouse


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_state_survives(fresh: Cloud, end: str) -> None:
    fresh.start()
    made = make(fresh)
    before = known(fresh, *made)
    if end == "kill":
        fresh.saved()
        fresh.kill()
    else:
        assert fresh.stop() == 0
    fresh.start()
    after = known(fresh, *made)
    for what, value in before.items():
        assert after[what] == value, what
    # It goes on working: the environment can still be updated from its version.
    fresh.client("mwaa").update_environment(
        Name="mwaa-kept",
        RequirementsS3Path="requirements.txt",
        RequirementsS3ObjectVersion=made[0].versions["requirements.txt"],
    )
    assert made[2].run("INSERT INTO kept VALUES (3)")["Status"] == "FINISHED"
    assert made[2].rows("SELECT count(*) FROM kept") == [(3,)]


VALUES = (
    "SELECT true AS a, 1 AS b, 0.1e0 AS c, CAST('1.50' AS decimal(5, 2)) AS d, "
    "DATE '2020-02-29' AS e, TIMESTAMP '2020-02-29 12:00:00' AS f, ARRAY[1, 2] AS g, "
    "CAST('x' AS varbinary) AS h, NULL AS i, UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59' AS j, "
    "TIME '12:00:00' AS k, sum(m) AS l FROM UNNEST(SEQUENCE(1, 3)) AS t(m)"
)


def test_the_result_of_a_query_is_kept_whatever_its_types(fresh: Cloud) -> None:
    fresh.start()
    lake = Lake(fresh)
    query = lake.run(VALUES)
    assert query["Status"]["State"] == "SUCCEEDED", query["Status"]

    def result() -> Any:
        return lake.athena.get_query_results(QueryExecutionId=query["QueryExecutionId"])[
            "ResultSet"
        ]["Rows"]

    before = result()
    assert len(before[1]["Data"]) == 12
    bucket = fresh.bucket()
    fresh.saved()
    fresh.kill()
    fresh.start()
    assert result() == before
    assert bucket in [entry["Name"] for entry in fresh.client("s3").list_buckets()["Buckets"]]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_ran_at_the_end_has_failed(fresh: Cloud, end: str) -> None:
    fresh.start()
    warehouse, lake = Warehouse(fresh), Lake(fresh)
    query = lake.begun()
    warehouse.run("CREATE TABLE locked (a int)")
    held = warehouse.data.batch_execute_statement(
        WorkgroupName=warehouse.name,
        Database="dev",
        Sqls=["INSERT INTO locked VALUES (1)", LONG],
    )["Id"]
    until(lambda: warehouse.data.describe_statement(Id=held)["Status"] == "STARTED")
    # One that waits for the lock of the first, and one beside them.
    waits = given(warehouse, "INSERT INTO locked VALUES (2)")
    assert warehouse.run("CREATE TABLE beside (a int)")["Status"] == "FINISHED"
    fresh.saved()
    getattr(fresh, end)()
    fresh.start()
    for identifier in (held, waits):
        described = warehouse.data.describe_statement(Id=identifier)
        assert described["Status"] == "FAILED" and described["Error"]
    assert warehouse.rows("SELECT * FROM locked") == []
    assert warehouse.rows("SELECT * FROM beside") == []
    ended = lake.status(query)
    assert ended["State"] == "FAILED" and "local cloud ended" in ended["StateChangeReason"]


def test_a_session_does_not_outlive_the_process(fresh: Cloud) -> None:
    fresh.start()
    role = fresh.role("airflow-env.amazonaws.com")
    keys = fresh.as_role(role, "airflow-env.amazonaws.com")
    assert fresh.client("sts", keys).get_caller_identity()["Arn"]
    fresh.stop()
    fresh.start()
    sts = fresh.client("sts", keys)
    with pytest.raises(sts.exceptions.ClientError):
        sts.get_caller_identity()
    assert fresh.as_role(role, "airflow-env.amazonaws.com") != keys


def test_the_state_is_its_owners_alone(fresh: Cloud) -> None:
    fresh.start()
    fresh.bucket(a="secret")
    state = fresh.folder / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_a_deleted_bucket_stays_deleted(fresh: Cloud) -> None:
    fresh.start()
    s3, bucket = fresh.client("s3"), fresh.bucket(a="1")
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_bucket(Bucket=bucket)
    assert fresh.inventory() == {}
    fresh.saved()
    fresh.kill()
    fresh.start()
    assert s3.list_buckets()["Buckets"] == []
    assert fresh.inventory() == {}


def test_the_last_line_of_a_long_log_is_kept_at_a_stop(fresh: Cloud) -> None:
    fresh.start()
    logs, stream = fresh.client("logs"), {"logGroupName": "/kept", "logStreamName": "long"}
    logs.create_log_group(logGroupName="/kept")
    logs.create_log_stream(**stream)
    now = int(time.time() * 1000)
    lines = [f"{number} {'x' * 9_000}" for number in range(1_000)]
    for start in range(0, len(lines), 100):
        # Saved at once, and then not for some time: it takes long to encode.
        events = [{"timestamp": now, "message": line} for line in lines[start : start + 100]]
        logs.put_log_events(**stream, logEvents=events)
    time.sleep(1)
    logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "the last"}])
    fresh.client("ssm").put_parameter(Name="/kept/after", Value="b", Type="String")
    assert fresh.stop() == 0
    fresh.start()
    kept: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = fresh.client("logs").get_log_events(**stream, startFromHead=True, **token)
        if token.get("nextToken") == page["nextForwardToken"]:
            break
        kept += [event["message"] for event in page["events"]]
        token = {"nextToken": page["nextForwardToken"]}
    assert kept == [*lines, "the last"]
