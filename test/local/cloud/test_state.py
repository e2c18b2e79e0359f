"""What was made is there after a stop, and after a kill."""

from __future__ import annotations

import json
import stat
import subprocess
import time
from typing import Any

import pytest
from running import ROOT, Cloud, python, until
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


#: Statements that wait for a lock: enough for one of them to get it between two that are cancelled.
WAITING = 40


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
    # Those that wait for the lock of the first, and one beside them.
    waiting = [given(warehouse, "INSERT INTO locked VALUES (2)") for _ in range(WAITING)]
    assert warehouse.run("CREATE TABLE beside (a int)")["Status"] == "FINISHED"
    fresh.saved()
    getattr(fresh, end)()
    fresh.start()
    for identifier in (held, *waiting):
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


#: What a state may hold, in a process of its own: the tests have no ministack.
ENCODED = r"""
import collections, json, sys
from ministack.core import persistence
from ministack.core.responses import AccountScopedDict
from local.cloud.core.state import encoded

scoped = AccountScopedDict()
scoped["a", 1] = {"title": "Café"}

class Text(str):
    pass

states = [
    {"bytes": b"\xff\x00", "scoped": scoped, "tuple": (1, None, True), "float": 0.1, "é": "ü"},
    {1: "a", 2.5: "b", None: "c", True: "d", Text("t"): Text("u")},
    collections.OrderedDict(half="\ud800", whole="\u2028"),
    {"big": 2**70, "small": -(2**63)},
]
for state in states:
    expected = json.loads(json.dumps(state, default=persistence._json_default))
    assert json.loads(encoded(state)) == expected, (expected, encoded(state))
for wrong in ({1, 2}, object(), {(1, 2): 3}):
    try:
        print(encoded({"wrong": wrong}))
    except TypeError:
        continue
    sys.exit(f"{wrong} was encoded")
"""


def printed(script: str) -> str:
    """What a script prints that the local cloud's Python runs; it has to succeed."""
    run = subprocess.run(
        [python(), "-X", "utf8", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_state_is_written_as_ministack_would() -> None:
    assert printed(ENCODED) == ""


#: What a function has of a copy while states are saved, by who asks for it.
COPYING = """
import copy
from local.cloud.core.state import shared

things = {"a": {"b": 1}}

def settled():
    return copy.deepcopy(things)

def get_state():
    return [copy.deepcopy(things) is things, settled() is things]

reading = get_state

def get_state():
    made = copy.deepcopy(things)
    made["a"].pop("b")
    return made is things

with shared():
    print(reading(), get_state(), things, end=" ")
print(reading())
"""


def test_only_what_is_read_is_not_copied() -> None:
    assert printed(COPYING) == "[True, False] False {'a': {'b': 1}} [False, False]\n"


#: Which functions of ministack's change what they return, by their source.
CHANGING = """
import ast, importlib, inspect, json
from ministack import app
from local.cloud.core.state import changes_copies

READS = {"copy", "deepcopy", "get", "items", "values", "all_items"}
#: Of a store that the function makes, and of a key that is encoded.
READS |= {"set_scoped", "NoEncryption", "b64encode", "decode", "private_bytes"}
found = {True: [], False: []}
for name, module in sorted(app._state_map.items()):
    get_state = getattr(importlib.import_module(f"ministack.services.{module}"), "get_state", None)
    if get_state is not None:
        calls = {
            node.func.attr
            for node in ast.walk(ast.parse(inspect.getsource(get_state)))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        more = sorted(calls - READS)
        found[changes_copies(get_state.__code__)].append([name, more])
print(json.dumps([found[True], [each for each in found[False] if each[1]], len(found[False])]))
"""


def test_no_state_is_changed_by_being_saved() -> None:
    copied, unknown, shared = json.loads(printed(CHANGING))
    assert {"acm", "ec2", "lambda"} <= {name for name, _ in copied}
    assert unknown == []
    assert shared > 30


def test_text_of_any_script_is_kept(fresh: Cloud) -> None:
    fresh.start()
    value = {"film": "Le Fabuleux Destin d'Amélie", "家": "☃ \u2028"}
    fresh.client("ssm").put_parameter(Name="/kept", Value=json.dumps(value), Type="String")
    fresh.client("ssm").put_parameter(Name="/kept/plain", Value=value["film"], Type="String")
    fresh.saved()
    fresh.kill()
    fresh.start()
    kept = [
        fresh.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        for name in ("/kept", "/kept/plain")
    ]
    assert kept == [json.dumps(value), value["film"]]
