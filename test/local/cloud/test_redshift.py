"""Redshift Serverless and its Data API, on a real SQL engine."""

from __future__ import annotations

import csv
import io
import json
import random
import time
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from running import REGION, Cloud, allow, unique, until
from test_auth import refused

REDSHIFT = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]


class Warehouse:
    """A namespace with a workgroup, and a role for its COPY."""

    #: Who works as the role.
    principals: str | list[str] = REDSHIFT

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.bucket = cloud.bucket()
        self.role = cloud.role(
            self.principals,
            [
                allow("s3:GetObject", f"arn:aws:s3:::{self.bucket}/*"),
                allow("s3:ListBucket", f"arn:aws:s3:::{self.bucket}"),
            ],
        )
        self.name = unique("warehouse")
        self.data = cloud.client("redshift-data")
        self.target = {**self.created(), "Database": "dev"}

    def created(self) -> dict[str, str]:
        """Create it; how a request names it."""
        self.serverless = self.cloud.client("redshift-serverless")
        self.serverless.create_namespace(
            namespaceName=self.name,
            dbName="dev",
            iamRoles=[self.role],
            defaultIamRoleArn=self.role,
        )
        self.serverless.create_workgroup(workgroupName=self.name, namespaceName=self.name)
        return {"WorkgroupName": self.name}

    def run(self, *sqls: str, **more: Any) -> dict[str, Any]:
        """Run statements, as a batch where there are several; how they ended."""
        target = {**self.target, **more}
        started = (
            self.data.execute_statement(Sql=sqls[0], **target)
            if len(sqls) == 1
            else self.data.batch_execute_statement(Sqls=list(sqls), **target)
        )
        return self.end(started["Id"])

    def end(self, identifier: str) -> dict[str, Any]:
        """A statement when it has ended."""

        def ended() -> Any:
            described = self.data.describe_statement(Id=identifier)
            return described["Status"] in ("FINISHED", "FAILED", "ABORTED") and described

        return until(ended)

    def rows(self, sql: str) -> list[tuple]:
        """All rows of a query, page by page."""
        described = self.run(sql)
        assert described["Status"] == "FINISHED", described
        pages = self.data.get_paginator("get_statement_result").paginate(Id=described["Id"])
        return [
            tuple(None if "isNull" in field else next(iter(field.values())) for field in record)
            for page in pages
            for record in page["Records"]
        ]

    def put(self, key: str, text: str) -> str:
        """An object; its address."""
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return f"s3://{self.bucket}/{key}"


@pytest.fixture(scope="module")
def warehouse(cloud: Cloud) -> Warehouse:
    return Warehouse(cloud)


@pytest.fixture
def table(warehouse: Warehouse) -> str:
    """A table as the pipeline makes it."""
    name = unique("movies").replace("-", "_")
    made = warehouse.run(
        f"CREATE TABLE IF NOT EXISTS {name} (movieid integer not null, title varchar(512), "
        "rating decimal(3,1), tag varchar(256))"
    )
    assert made["Status"] == "FINISHED", made
    return name


# The control plane.


def test_life_of_a_namespace_and_its_workgroup(cloud: Cloud) -> None:
    client, name = cloud.client("redshift-serverless"), unique("life")
    role = cloud.role(REDSHIFT)
    made = client.create_namespace(
        namespaceName=name,
        dbName="analytics",
        adminUsername="boss",
        manageAdminPassword=True,
        iamRoles=[role],
        defaultIamRoleArn=role,
        logExports=["userlog"],
        tags=[{"key": "stack", "value": "local"}],
    )["namespace"]
    assert made["dbName"] == "analytics"
    assert made["adminPasswordSecretArn"].startswith("arn:aws:secretsmanager:")
    assert refused(client.create_namespace, namespaceName=name)[0] == "ConflictException"
    assert (
        client.get_namespace(namespaceName=name)["namespace"]["namespaceArn"]
        == made["namespaceArn"]
    )
    assert name in [n["namespaceName"] for n in client.list_namespaces()["namespaces"]]
    assert client.list_tags_for_resource(resourceArn=made["namespaceArn"])["tags"] == [
        {"key": "stack", "value": "local"}
    ]

    workgroup = client.create_workgroup(
        workgroupName=name, namespaceName=name, baseCapacity=8, publiclyAccessible=False
    )["workgroup"]
    assert (workgroup["baseCapacity"], workgroup["status"]) == (8, "AVAILABLE")
    for arguments in ({"workgroupName": name}, {"workgroupName": f"{name}-b"}):
        code, _ = refused(client.create_workgroup, namespaceName=name, **arguments)
        assert code == "ConflictException"
    code, message = refused(client.delete_namespace, namespaceName=name)
    assert code == "ConflictException" and name in message

    changed = client.update_workgroup(workgroupName=name, baseCapacity=16)["workgroup"]
    assert changed["baseCapacity"] == 16
    assert client.get_workgroup(workgroupName=name)["workgroup"]["baseCapacity"] == 16
    # One kind of change a request.
    for call, arguments in (
        (client.update_workgroup, {"workgroupName": name, "baseCapacity": 8, "maxCapacity": 16}),
        (
            client.update_namespace,
            {
                "namespaceName": name,
                "kmsKeyId": "key",
                "adminPasswordSecretKmsKeyId": "key",
            },
        ),
        (client.update_namespace, {"namespaceName": name, "kmsKeyId": "key", "logExports": []}),
    ):
        assert refused(call, **arguments)[0] == "ValidationException"
    client.update_namespace(namespaceName=name, adminPasswordSecretKmsKeyId="other")
    assert client.get_namespace(namespaceName=name)["namespace"]["adminPasswordSecretKmsKeyId"] == (
        "other"
    )
    client.update_namespace(namespaceName=name, logExports=["userlog", "connectionlog"])
    found = client.get_namespace(namespaceName=name)["namespace"]
    assert found["logExports"] == ["userlog", "connectionlog"]
    assert role in str(found["iamRoles"]) and found["defaultIamRoleArn"] == role

    client.delete_workgroup(workgroupName=name)
    assert refused(client.get_workgroup, workgroupName=name)[0] == "ResourceNotFoundException"
    client.delete_namespace(namespaceName=name)
    for call in (client.get_namespace, client.delete_namespace, client.update_namespace):
        assert refused(call, namespaceName=name)[0] == "ResourceNotFoundException"


def test_parameters_of_a_workgroup(cloud: Cloud) -> None:
    client, name = cloud.client("redshift-serverless"), unique("parameters")
    client.create_namespace(namespaceName=name)

    def given(**parameters: str) -> list[dict[str, str]]:
        return [{"parameterKey": k, "parameterValue": v} for k, v in parameters.items()]

    def there() -> dict[str, str]:
        found = client.get_workgroup(workgroupName=name)["workgroup"]["configParameters"]
        return {p["parameterKey"]: p["parameterValue"] for p in found}

    make = {"workgroupName": name, "namespaceName": name}
    for wrong in (given(require_ssl="false"), given(require_tls="true")):
        assert refused(client.create_workgroup, **make, configParameters=wrong)[0] == (
            "ValidationException"
        )
    client.create_workgroup(**make, configParameters=given(require_ssl="true"))
    before = there()
    # All there are, not only the one that was given.
    assert before["require_ssl"] == "true" and before["datestyle"] == "ISO, MDY"
    code, message = refused(
        client.update_workgroup, workgroupName=name, configParameters=given(require_ssl="true")
    )
    assert code == "ValidationException" and "any changes" in message
    client.update_workgroup(workgroupName=name, configParameters=given(require_ssl="false"))
    assert there() == {**before, "require_ssl": "false"}


def test_a_workgroup_wants_a_network_as_aws_does(cloud: Cloud) -> None:
    ec2, client = cloud.client("ec2"), cloud.client("redshift-serverless")
    name = unique("network")
    client.create_namespace(namespaceName=name)
    vpc = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.2.{n}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("aabc")
    ]
    group = ec2.create_security_group(GroupName=name, Description="a", VpcId=vpc)["GroupId"]
    make = {"workgroupName": name, "namespaceName": name}
    for wrong, named in (
        ({"subnetIds": ["subnet-0"]}, "subnet-0"),
        ({"subnetIds": subnets[:2]}, f"{REGION}a"),
        ({"subnetIds": subnets[1:3], "enhancedVpcRouting": True}, "3"),
        ({"subnetIds": subnets, "securityGroupIds": ["sg-0"]}, "sg-0"),
    ):
        code, message = refused(client.create_workgroup, **make, **wrong)
        assert code == "ValidationException" and named in message
    client.create_workgroup(**make, subnetIds=subnets[1:], securityGroupIds=[group])
    code, _ = refused(client.update_workgroup, workgroupName=name, subnetIds=subnets[:2])
    assert code == "ValidationException"
    # Turned on later it counts the subnets that are there.
    client.update_workgroup(workgroupName=name, subnetIds=subnets[1:3])
    code, _ = refused(client.update_workgroup, workgroupName=name, enhancedVpcRouting=True)
    assert code == "ValidationException"


def test_roles_of_a_namespace_are_there_and_hold_the_default(cloud: Cloud) -> None:
    client, role = cloud.client("redshift-serverless"), cloud.role(REDSHIFT)
    missing = f"{role}-missing"
    code, message = refused(client.create_namespace, namespaceName=unique("n"), iamRoles=[missing])
    assert code == "ValidationException" and missing in message
    code, message = refused(
        client.create_namespace, namespaceName=unique("n"), defaultIamRoleArn=role
    )
    assert code == "ValidationException" and role in message


# SQL.


def test_a_copy_loads_what_the_file_says(warehouse: Warehouse, table: str) -> None:
    """Against DuckDB's own reading of the same text."""
    generator = random.Random(7)
    titles = [
        "American President, The (1995)",
        '"Great Performances" Cats (1998)',
        'Léon: The Professional (a.k.a. "The Professional") (Léon) (1994)',
        "O'Brother, Where Art Thou?",
        "半澤直樹",
        "two\nlines",
        "",
        " padded ",
        "back\\slash",
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["movieId", "title", "rating", "tag"])
    for number in range(3000):
        writer.writerow(
            [
                number,
                generator.choice(titles),
                generator.randint(1, 10) / 2,
                generator.choice(titles),
            ]
        )
    source = warehouse.put(f"{table}/clean.csv", text.getvalue())
    loaded = warehouse.run(
        f"COPY {table} FROM '{source}' IAM_ROLE '{warehouse.role}' FORMAT AS CSV IGNOREHEADER 1"
    )
    assert loaded["Status"] == "FINISHED", loaded

    expected = list(csv.reader(io.StringIO(text.getvalue(), newline="")))[1:]
    rows = warehouse.rows(f"SELECT movieid, title, rating, tag FROM {table} ORDER BY movieid")
    assert len(rows) == 3000
    assert [(str(m), t, Decimal(r), g) for m, t, r, g in rows] == [
        (m, t, Decimal(r), g) for m, t, r, g in expected
    ]
    local = duckdb.connect()
    local.execute(
        "CREATE TABLE t (movieid INTEGER, title VARCHAR, rating DECIMAL(3,1), tag VARCHAR)"
    )
    local.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", expected)
    query = "SELECT title, count(*) n, avg(rating) a FROM {} GROUP BY title ORDER BY title"
    own = local.execute(query.format("t")).fetchall()
    theirs = warehouse.rows(query.format(table))
    assert [(t, n) for t, n, _ in theirs] == [(t, n) for t, n, _ in own]
    for (_, _, a), (_, _, b) in zip(theirs, own, strict=True):
        assert abs(float(a) - float(b)) < 0.001


def test_a_copy_with_the_default_role_and_a_manifest(warehouse: Warehouse, table: str) -> None:
    source = warehouse.put(f"{table}/a.csv", "1,A,0.5,x\n")
    warehouse.put(f"{table}/b.csv", "2,B,4.5,y\n")
    manifest = {"entries": [{"url": source, "mandatory": True}]}
    address = warehouse.put(f"{table}.manifest", json.dumps(manifest))
    loaded = warehouse.run(f"COPY {table} FROM '{address}' IAM_ROLE default MANIFEST CSV")
    assert loaded["Status"] == "FINISHED", loaded
    assert warehouse.rows(f"SELECT movieid, rating FROM {table}") == [(1, "0.5")]


def test_a_path_of_a_copy_is_a_prefix(warehouse: Warehouse, table: str) -> None:
    for part in ("p.csv", "p.csv.2"):
        address = warehouse.put(f"{table}/{part}", "1,A,0.5,x\n")
    loaded = warehouse.run(
        f"COPY {table} FROM '{address.removesuffix('.2')}' IAM_ROLE '{warehouse.role}' CSV"
    )
    assert loaded["Status"] == "FINISHED", loaded
    assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(2,)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1,A,good,x\n", "rating"),
        ("one,A,1.0,x\n", "movieid"),
        ("1,A,1.0\n", ""),
        ("1,A,1.0,x,y\n", ""),
        ("1," + "A" * 513 + ",1.0,x\n", "title"),
        ("1,A,123.0,x\n", "rating"),
        (",A,1.0,x\n", "movieid"),
        ('1,"A,1.0,x\n', ""),
    ],
    ids=["decimal", "integer", "few", "many", "long", "big", "null", "open quote"],
)
def test_a_copy_of_what_does_not_fit_fails_whole(
    warehouse: Warehouse, table: str, text: str, named: str
) -> None:
    source = warehouse.put(f"{table}/bad.csv", f"7,fits,1.0,x\n{text}")
    loaded = warehouse.run(f"COPY {table} FROM '{source}' IAM_ROLE '{warehouse.role}' CSV")
    assert loaded["Status"] == "FAILED"
    assert table in loaded["Error"] and named in loaded["Error"]
    assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_copy_reads_with_the_rights_of_its_role(warehouse: Warehouse, table: str) -> None:
    source = warehouse.put(f"{table}/a.csv", "1,A,0.5,x\n")
    elsewhere = warehouse.cloud.bucket(**{"a.csv": "1,A,0.5,x\n"})
    sql = f"COPY {table} FROM '{{}}' IAM_ROLE '{{}}' CSV"
    denied = warehouse.run(sql.format(f"s3://{elsewhere}/a.csv", warehouse.role))
    assert denied["Status"] == "FAILED"
    assert "AccessDenied" in denied["Error"] and elsewhere in denied["Error"]
    absent = warehouse.run(sql.format(f"s3://{warehouse.bucket}/absent/", warehouse.role))
    assert absent["Status"] == "FAILED" and "absent/" in absent["Error"]
    stranger = warehouse.cloud.role(REDSHIFT, [allow("s3:*")])
    foreign = warehouse.run(sql.format(source, stranger))
    assert foreign["Status"] == "FAILED" and stranger in foreign["Error"]
    distrustful = warehouse.cloud.role("ec2.amazonaws.com", [allow("s3:*")])
    warehouse.serverless.update_namespace(
        namespaceName=warehouse.name, iamRoles=[warehouse.role, distrustful]
    )
    denied = warehouse.run(sql.format(source, distrustful))
    assert denied["Status"] == "FAILED"
    assert "not authorized to assume" in denied["Error"] and distrustful in denied["Error"]
    assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_batch_is_one_transaction(warehouse: Warehouse, table: str) -> None:
    source = warehouse.put(f"{table}/a.csv", "1,A,0.5,x\n2,B,1.5,y\n")
    load = f"COPY {table} FROM '{source}' IAM_ROLE '{warehouse.role}' CSV"
    for _ in range(2):
        loaded = warehouse.run(f"DELETE FROM {table}", load)
        assert loaded["Status"] == "FINISHED", loaded
        assert [s["Status"] for s in loaded["SubStatements"]] == ["FINISHED"] * 2
        assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(2,)]
    failed = warehouse.run(f"DELETE FROM {table}", load.replace("a.csv", "none.csv"), "SELECT 1")
    assert failed["Status"] == "FAILED" and "none.csv" in failed["Error"]
    assert [s["Status"] for s in failed["SubStatements"]] == ["ABORTED", "FAILED", "ABORTED"]
    assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(2,)]
    gone = warehouse.run(f"CREATE TABLE {table}_b (a int)", "SELECT 1/0 FROM nowhere")
    assert gone["Status"] == "FAILED"
    assert warehouse.run(f"SELECT * FROM {table}_b")["Status"] == "FAILED"


@pytest.mark.full
def test_results_come_in_pages_with_their_types(warehouse: Warehouse, table: str) -> None:
    values = ", ".join(f"({n}, 'Title {n}', {n % 10 / 2}, NULL)" for n in range(2500))
    inserted = warehouse.run(f"INSERT INTO {table} VALUES {values}")
    assert (inserted["Status"], inserted["ResultRows"]) == ("FINISHED", 2500)
    asked = warehouse.run(f"SELECT * FROM {table} ORDER BY movieid")
    assert (asked["HasResultSet"], asked["ResultRows"]) == (True, 2500)
    first = warehouse.data.get_statement_result(Id=asked["Id"])
    assert [c["name"] for c in first["ColumnMetadata"]] == ["movieid", "title", "rating", "tag"]
    assert [c["typeName"] for c in first["ColumnMetadata"]] == [
        "int4",
        "varchar",
        "numeric",
        "varchar",
    ]
    assert first["TotalNumRows"] == 2500
    assert 0 < len(first["Records"]) < 2500
    assert first["Records"][7] == [
        {"longValue": 7},
        {"stringValue": "Title 7"},
        {"stringValue": "3.5"},
        {"isNull": True},
    ]
    rows = warehouse.rows(f"SELECT movieid FROM {table} ORDER BY movieid")
    assert rows == [(n,) for n in range(2500)]
    deleted = warehouse.run(f"DELETE FROM {table} WHERE movieid >= 1000")
    assert (deleted["Status"], deleted["ResultRows"]) == ("FINISHED", 1500)


def test_parameters_are_values_and_not_text(warehouse: Warehouse, table: str) -> None:
    title = "x'); DELETE FROM movies; --"
    inserted = warehouse.run(
        f"INSERT INTO {table} VALUES (:id, :title, 1.5, NULL)",
        Parameters=[{"name": "id", "value": "4"}, {"name": "title", "value": title}],
    )
    assert inserted["Status"] == "FINISHED", inserted
    assert warehouse.rows(f"SELECT movieid, title FROM {table}") == [(4, title)]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELEC 1", "SELEC"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT nothing FROM (SELECT 1 AS a)", "nothing"),
        ("SELECT CAST('x' AS int)", "x"),
        ("COPY nowhere FROM 's3://b/k' IAM_ROLE default CSV", "nowhere"),
        ("COPY t FROM 's3://b/k' CSV", "IAM_ROLE"),
        ("COPY t FROM 's3://b/k' IAM_ROLE default CSV SHUFFLE", "SHUFFLE"),
        ("SELECT * FROM read_csv('/etc/passwd')", "passwd"),
        ("COPY (SELECT 1) TO '/tmp/x'", ""),
        ("ATTACH '/tmp/x.db'", ""),
        ("INSTALL httpfs", ""),
        ("PRAGMA database_list", ""),
        ("SELECT 1; SELECT 2", ""),
    ],
)
def test_a_wrong_statement_fails_with_its_reason(
    warehouse: Warehouse, sql: str, named: str
) -> None:
    ended = warehouse.run(sql)
    assert ended["Status"] == "FAILED", ended
    assert ended["Error"].startswith("ERROR: ") and named in ended["Error"]
    with pytest.raises(warehouse.data.exceptions.ResourceNotFoundException):
        warehouse.data.get_statement_result(Id=ended["Id"])


def test_redshifts_own_words_are_understood(warehouse: Warehouse) -> None:
    name = unique("words").replace("-", "_")
    made = warehouse.run(
        f"CREATE TABLE IF NOT EXISTS public.{name} (id bigint primary key, "
        "a varchar(10) encode lzo, b timestamp default getdate()) "
        "diststyle key distkey (id) sortkey (id)"
    )
    assert made["Status"] == "FINISHED", made
    again = warehouse.run(f"CREATE TABLE IF NOT EXISTS public.{name} (a int)")
    assert again["Status"] == "FINISHED", again
    twice = f"INSERT INTO {name} (id, a) VALUES (1, 'a')"
    assert warehouse.run(twice, twice)["Status"] == "FINISHED"
    assert warehouse.run(f"INSERT INTO {name} (a) VALUES ('a')")["Status"] == "FAILED"
    assert warehouse.rows(f"SELECT id, a FROM {name}") == [(1, "a")] * 2
    assert warehouse.run(f"TRUNCATE {name}")["Status"] == "FINISHED"
    assert warehouse.rows("SELECT NVL(NULL, 'a'), LEN('abc'), 'a' || 'b'") == [("a", 3, "ab")]
    assert warehouse.run(f"DROP TABLE {name}")["Status"] == "FINISHED"


def test_targets_that_are_not_there(warehouse: Warehouse) -> None:
    data, sql = warehouse.data, {"Sql": "SELECT 1"}
    named = {"WorkgroupName": warehouse.name}
    for wrong in (
        {"WorkgroupName": "missing", "Database": "dev"},
        {"Database": "dev"},
        {**named, "ClusterIdentifier": "cluster", "Database": "dev"},
        {"ClusterIdentifier": "cluster", "Database": "dev", "DbUser": "a"},
    ):
        assert refused(data.execute_statement, **wrong, **sql)[0] == "ValidationException"
    ended = warehouse.end(data.execute_statement(**named, Database="nowhere", **sql)["Id"])
    assert ended["Status"] == "FAILED" and "nowhere" in ended["Error"]
    missing = "00000000-0000-4000-8000-000000000000"
    assert refused(data.describe_statement, Id=missing)[0] == "ResourceNotFoundException"


def test_a_client_token_runs_a_statement_once(warehouse: Warehouse, table: str) -> None:
    sql = f"INSERT INTO {table} VALUES (1, 'a', 1.0, NULL)"
    first = warehouse.run(sql, ClientToken=f"token-{table}")
    assert warehouse.run(sql, ClientToken=f"token-{table}")["Id"] == first["Id"]
    assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(1,)]


def test_statements_are_their_callers(warehouse: Warehouse) -> None:
    cloud = warehouse.cloud
    statements = [allow(["redshift-data:*", "redshift-serverless:GetCredentials"])]
    mine, other = (
        cloud.client(
            "redshift-data",
            cloud.as_role(
                cloud.role("airflow-env.amazonaws.com", statements), "airflow-env.amazonaws.com"
            ),
        )
        for _ in range(2)
    )
    target = {"WorkgroupName": warehouse.name, "Database": "dev"}
    identifier = mine.execute_statement(Sql="SELECT 1", **target)["Id"]
    assert mine.describe_statement(Id=identifier)["Id"] == identifier
    assert refused(other.describe_statement, Id=identifier)[0] == "ResourceNotFoundException"


LONG = (
    "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 100000000) "
    "SELECT count(*) FROM n"
)


def given(warehouse: Warehouse, sql: str) -> str:
    """The id of a statement."""
    started = warehouse.data.execute_statement(
        WorkgroupName=warehouse.name, Database="dev", Sql=sql
    )
    return started["Id"]


def begun(warehouse: Warehouse, sql: str) -> str:
    """The id of a statement that is at work."""
    identifier = given(warehouse, sql)
    until(lambda: warehouse.data.describe_statement(Id=identifier)["Status"] == "STARTED")
    return identifier


def test_a_long_statement_can_be_cancelled(warehouse: Warehouse) -> None:
    identifier = begun(warehouse, LONG)
    warehouse.data.cancel_statement(Id=identifier)
    assert warehouse.end(identifier)["Status"] == "ABORTED"
    assert warehouse.rows("SELECT 1") == [(1,)]


def test_a_statement_that_waits_is_cancelled_alone(warehouse: Warehouse, table: str) -> None:
    identifier = begun(warehouse, f"INSERT INTO {table} (movieid) {LONG}")
    waits = given(warehouse, f"INSERT INTO {table} (movieid) VALUES (1)")
    time.sleep(0.5)
    assert warehouse.data.describe_statement(Id=waits)["Status"] == "STARTED"
    warehouse.data.cancel_statement(Id=waits)
    assert warehouse.end(waits)["Status"] == "ABORTED"
    assert warehouse.data.describe_statement(Id=identifier)["Status"] == "STARTED"
    warehouse.data.cancel_statement(Id=identifier)
    assert warehouse.end(identifier)["Status"] == "ABORTED"
    assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("after", range(0, 20, 2))
def test_a_statement_is_cancelled_at_any_moment(warehouse: Warehouse, after: int) -> None:
    identifier = given(warehouse, LONG)
    time.sleep(after / 1000)
    warehouse.data.cancel_statement(Id=identifier)
    assert warehouse.end(identifier)["Status"] == "ABORTED"


def test_a_database_is_opened_once_for_all_its_first_statements(cloud: Cloud) -> None:
    warehouse = Warehouse(cloud)
    identifiers = [given(warehouse, LONG) for _ in range(4)]
    until(lambda: states(warehouse, identifiers) == ["STARTED"] * 4)
    for identifier in identifiers:
        warehouse.data.cancel_statement(Id=identifier)
    for identifier in identifiers:
        assert warehouse.end(identifier)["Status"] == "ABORTED"


def states(warehouse: Warehouse, identifiers: list[str]) -> list[str]:
    return [warehouse.data.describe_statement(Id=i)["Status"] for i in identifiers]


def test_a_table_with_other_columns_gives_its_name_up(warehouse: Warehouse) -> None:
    """As `create_redshift_table_if_not_exists` has it: the post's table had whole numbers."""
    warehouse.run("CREATE TABLE posts (title varchar(256), rating int)")
    warehouse.run("INSERT INTO posts VALUES ('Heat', 4)")
    columns = "title varchar(1024), rating decimal(2, 1)"
    assert warehouse.run(f"CREATE TABLE IF NOT EXISTS posts ({columns})")["Status"] == "FINISHED"

    def types() -> dict[str, str]:
        found = warehouse.run("SELECT * FROM posts LIMIT 0")
        result = warehouse.data.get_statement_result(Id=found["Id"])
        return {column["name"]: column["typeName"] for column in result["ColumnMetadata"]}

    assert types() == {"title": "varchar", "rating": "int4"}
    moved = warehouse.run(
        "ALTER TABLE posts RENAME TO posts_until_20261130", f"CREATE TABLE posts ({columns})"
    )
    assert moved["Status"] == "FINISHED", moved
    assert types() == {"title": "varchar", "rating": "numeric"}
    kept = warehouse.run("SELECT * FROM posts_until_20261130")
    assert kept["ResultRows"] == 1


DATA = ["redshift-data:*", "redshift-serverless:GetCredentials"]


def as_task(warehouse: Warehouse, *more: dict[str, Any]) -> Any:
    """A client of a role of its own, as another stack's tasks have, or a role's successor."""
    role = warehouse.cloud.role("airflow-env.amazonaws.com", [allow(DATA), *more])
    keys = warehouse.cloud.as_role(role, "airflow-env.amazonaws.com")
    return role.rsplit("/", 1)[-1], warehouse.cloud.client("redshift-data", keys)


def outcome(warehouse: Warehouse, client: Any, sql: str, **more: Any) -> str:
    """How a statement of a client ends: its status, or why it fails."""
    target = {"WorkgroupName": warehouse.name, "Database": "dev", **more}
    identifier = client.execute_statement(Sql=sql, **target)["Id"]

    def ended() -> Any:
        described = client.describe_statement(Id=identifier)
        return described["Status"] in ("FINISHED", "FAILED") and described

    described = until(ended)
    return described.get("Error", described["Status"])


def test_a_table_is_its_creators_and_others_are_refused(warehouse: Warehouse) -> None:
    table = unique("owned").replace("-", "_")
    (_, first), (_, second) = as_task(warehouse), as_task(warehouse)
    assert outcome(warehouse, first, f"CREATE TABLE {table} (a int)") == "FINISHED"
    assert outcome(warehouse, first, f"INSERT INTO {table} VALUES (1)") == "FINISHED"
    for sql in (f"SELECT * FROM {table}", f"DELETE FROM {table}"):
        assert f"permission denied for relation {table}" in outcome(warehouse, second, sql)
    for sql in (f"DROP TABLE {table}", f"ALTER TABLE {table} RENAME TO {table}_b"):
        assert f"must be owner of relation {table}" in outcome(warehouse, second, sql)
    assert outcome(warehouse, first, f"ALTER TABLE {table} RENAME TO {table}_b") == "FINISHED"
    assert f"denied for relation {table}_b" in outcome(
        warehouse, second, f"SELECT * FROM {table}_b"
    )


def test_readers_read_and_do_nothing_else(warehouse: Warehouse) -> None:
    table, role = unique("read").replace("-", "_"), unique("analysts").replace("-", "_")
    warehouse.run(f"CREATE TABLE {table} (a int)")
    grant = f"GRANT SELECT ON {table} TO ROLE {role}"
    assert f'role "{role}" does not exist' in warehouse.run(grant)["Error"]
    assert warehouse.run(f"CREATE ROLE {role}")["Status"] == "FINISHED"
    assert warehouse.run(grant)["Status"] == "FINISHED"
    name, analyst = as_task(warehouse)
    assert "permission denied" in outcome(warehouse, analyst, f"SELECT * FROM {table}")
    assert warehouse.run(f'GRANT ROLE {role} TO "IAMR:{name}"')["Status"] == "FINISHED"
    assert outcome(warehouse, analyst, f"SELECT * FROM {table}") == "FINISHED"
    assert "permission denied" in outcome(warehouse, analyst, f"DELETE FROM {table}")
    assert "permission denied" in outcome(warehouse, analyst, grant)
    assert "must be superuser" in outcome(warehouse, analyst, "CREATE ROLE another")


def test_the_administrators_secret_makes_every_role_the_administrator(cloud: Cloud) -> None:
    warehouse = Warehouse(cloud)
    # Another, whose administrator has a secret.
    warehouse.name = unique("warehouse")
    warehouse.serverless.create_namespace(
        namespaceName=warehouse.name,
        dbName="dev",
        adminUsername="awsuser",
        manageAdminPassword=True,
    )
    warehouse.serverless.create_workgroup(
        workgroupName=warehouse.name, namespaceName=warehouse.name
    )
    found = warehouse.serverless.get_namespace(namespaceName=warehouse.name)["namespace"]
    secret = {"SecretArn": found["adminPasswordSecretArn"]}
    may = allow("secretsmanager:GetSecretValue", secret["SecretArn"])
    (_, first), (_, second), (_, without) = (
        as_task(warehouse, may),
        as_task(warehouse, may),
        as_task(warehouse),
    )
    assert outcome(warehouse, first, "CREATE TABLE films (a int)", **secret) == "FINISHED"
    # The successor of a role goes on where that left off.
    assert outcome(warehouse, second, "DELETE FROM films", **secret) == "FINISHED"
    assert "permission denied" in outcome(warehouse, second, "DELETE FROM films")
    with pytest.raises(Exception, match="secretsmanager:GetSecretValue"):
        outcome(warehouse, without, "DELETE FROM films", **secret)
