"""Who is let in, and what a role may do."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any

import pytest
from botocore.exceptions import ClientError
from running import ACCOUNT, Cloud, allow, unique

TASKS = "airflow-env.amazonaws.com"


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """The code and the message that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# The gateway.


def test_the_administrator_is_the_account(cloud: Cloud) -> None:
    assert cloud.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


@pytest.mark.parametrize("service", ["sts", "s3", "ssm", "redshift-serverless"])
@pytest.mark.parametrize("keys", ["wrong secret", "unknown", "test", "12 digits", "made up token"])
def test_other_keys_are_nobody(cloud: Cloud, service: str, keys: str) -> None:
    given = {
        "wrong secret": (cloud.keys[0], secrets.token_hex(20)),
        "unknown": ("AKIA" + secrets.token_hex(8).upper(), secrets.token_hex(20)),
        "test": ("test", "test"),
        "12 digits": (ACCOUNT, "test"),
        "made up token": ("ASIA" + secrets.token_hex(8).upper(), "x", "y"),
    }[keys]
    client = cloud.client(service, given)
    call = {
        "sts": lambda: client.get_caller_identity(),
        "s3": lambda: client.list_buckets(),
        "ssm": lambda: client.describe_parameters(),
        "redshift-serverless": lambda: client.list_namespaces(),
    }[service]
    code, _ = refused(call)
    assert code in (
        "SignatureDoesNotMatch",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "UnrecognizedClientException",
        "InvalidSignatureException",
    )


def test_a_request_without_a_signature_is_refused(cloud: Cloud) -> None:
    bucket = cloud.bucket(**{"a.txt": "secret"})
    for path in ("/", f"/{bucket}", f"/{bucket}/a.txt", "/environments"):
        status, content = cloud.get(path)
        assert status in (400, 403), content
        assert "secret" not in str(content)
    assert cloud.get(f"/{bucket}/a.txt", method="DELETE")[0] in (400, 403)
    assert cloud.client("s3").get_object(Bucket=bucket, Key="a.txt")["Body"].read() == b"secret"


def test_a_changed_presigned_address_is_refused(cloud: Cloud) -> None:
    bucket = cloud.bucket(**{"a.txt": "a", "b.txt": "b"})
    url = cloud.client("s3", signature_version="s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a.txt"}
    )
    path = url.removeprefix(cloud.url)
    assert cloud.get(path) == (200, "a")
    assert cloud.get(path.replace("a.txt", "b.txt", 1))[0] == 403


# What a role may do.


def test_a_role_may_do_what_its_policy_says_and_no_more(cloud: Cloud) -> None:
    mine, other = cloud.bucket(**{"in/a": "1"}), cloud.bucket(**{"in/a": "2"})
    role = cloud.role(TASKS, [allow("s3:GetObject", f"arn:aws:s3:::{mine}/in/*")])
    s3 = cloud.client("s3", cloud.as_role(role, TASKS))
    assert s3.get_object(Bucket=mine, Key="in/a")["Body"].read() == b"1"
    for call, arguments in (
        (s3.get_object, {"Bucket": other, "Key": "in/a"}),
        (s3.get_object, {"Bucket": mine, "Key": "out/a"}),
        (s3.put_object, {"Bucket": mine, "Key": "in/b", "Body": b""}),
        (s3.delete_object, {"Bucket": mine, "Key": "in/a"}),
        (s3.list_objects_v2, {"Bucket": mine}),
    ):
        code, message = refused(call, **arguments)
        assert code == "AccessDenied"
        assert "s3:" in message and role.rsplit("/", 1)[-1] in message
        assert f"on resource: arn:aws:s3:::{arguments['Bucket']}" in message
    identity = cloud.client("sts", cloud.as_role(role, TASKS)).get_caller_identity()["Arn"]
    assert identity.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rsplit('/', 1)[-1]}/")


def test_a_policy_that_names_the_role_is_about_its_sessions(cloud: Cloud) -> None:
    role = cloud.role(TASKS, [allow("sns:Publish")])
    other = cloud.role(TASKS, [allow("sns:Publish")])
    topic = cloud.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"{role}*"}},
    }
    cloud.client("sns").set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [only]}),
    )
    client = cloud.client("sns", cloud.as_role(role, TASKS))
    assert client.publish(TopicArn=topic, Message="mine")["MessageId"]
    client = cloud.client("sns", cloud.as_role(other, TASKS))
    code, message = refused(client.publish, TopicArn=topic, Message="not mine")
    assert code == "AuthorizationError" and "explicit deny" in message


def test_a_condition_counts(cloud: Cloud) -> None:
    bucket = cloud.bucket(**{"raw/a": "1", "clean/a": "2"})
    role = cloud.role(
        TASKS,
        [
            allow(
                "s3:ListBucket",
                f"arn:aws:s3:::{bucket}",
                Condition={"StringLike": {"s3:prefix": "raw/*"}},
            )
        ],
    )
    s3 = cloud.client("s3", cloud.as_role(role, TASKS))
    assert s3.list_objects_v2(Bucket=bucket, Prefix="raw/")["KeyCount"] == 1
    assert refused(s3.list_objects_v2, Bucket=bucket, Prefix="clean/")[0] == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


def test_a_denial_wins_and_so_does_the_bucket_policy(cloud: Cloud) -> None:
    import json

    bucket = cloud.bucket(a="1", b="2")
    role = cloud.role(
        TASKS,
        [
            allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"),
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/b"},
        ],
    )
    s3 = cloud.client("s3", cloud.as_role(role, TASKS))
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    assert refused(s3.get_object, Bucket=bucket, Key="b")[0] == "AccessDenied"
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": role},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    cloud.client("s3").put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    assert refused(s3.get_object, Bucket=bucket, Key="a")[0] == "AccessDenied"


def test_a_policy_that_asks_for_tls_lets_the_loopback_in(cloud: Cloud) -> None:
    import json

    bucket = cloud.bucket(a="1")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    cloud.client("s3").put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    role = cloud.role(TASKS, [allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")])
    s3 = cloud.client("s3", cloud.as_role(role, TASKS))
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "action"),
    [
        ("ssm", "get_parameter", {"Name": "/other/a"}, "ssm:GetParameter"),
        ("athena", "list_work_groups", {}, "athena:ListWorkGroups"),
        ("glue", "get_databases", {}, "glue:GetDatabases"),
        ("mwaa", "list_environments", {}, "airflow:ListEnvironments"),
        ("mwaa", "get_environment", {"Name": "some"}, "airflow:GetEnvironment"),
        ("redshift-serverless", "list_workgroups", {}, "redshift-serverless:ListWorkgroups"),
        (
            "redshift-data",
            "execute_statement",
            {"WorkgroupName": "work", "Database": "dev", "Sql": "select 1"},
            "redshift-data:ExecuteStatement",
        ),
        ("ec2", "describe_vpcs", {}, "ec2:DescribeVpcs"),
        ("iam", "list_roles", {}, "iam:ListRoles"),
        ("kms", "list_keys", {}, "kms:ListKeys"),
        ("logs", "describe_log_groups", {}, "logs:DescribeLogGroups"),
        ("dynamodb", "list_tables", {}, "dynamodb:ListTables"),
    ],
)
def test_a_role_without_rights_may_do_nothing(
    cloud: Cloud, service: str, operation: str, arguments: dict, action: str
) -> None:
    role = cloud.role(TASKS)
    client = cloud.client(service, cloud.as_role(role, TASKS))
    code, message = refused(getattr(client, operation), **arguments)
    assert code.startswith("AccessDenied") or code == "UnauthorizedOperation"
    assert action in message and role.rsplit("/", 1)[-1] in message


def test_data_api_rights_are_per_workgroup(cloud: Cloud) -> None:
    redshift = cloud.client("redshift-serverless")
    arns = {}
    for name in (unique("mine"), unique("other")):
        redshift.create_namespace(namespaceName=name)
        workgroup = redshift.create_workgroup(workgroupName=name, namespaceName=name)["workgroup"]
        arns[name] = workgroup["workgroupArn"]
    mine, other = arns
    role = cloud.role(
        TASKS,
        [
            allow("redshift-data:ExecuteStatement", arns[mine]),
            allow("redshift-serverless:GetCredentials", arns[mine]),
        ],
    )
    data = cloud.client("redshift-data", cloud.as_role(role, TASKS))
    statement = {"Database": "dev", "Sql": "select 1"}
    assert data.execute_statement(WorkgroupName=mine, **statement)["Id"]
    assert refused(data.execute_statement, WorkgroupName=other, **statement)[0].startswith(
        "AccessDenied"
    )


def test_data_api_needs_the_credentials_of_the_workgroup(cloud: Cloud) -> None:
    redshift = cloud.client("redshift-serverless")
    name = unique("workgroup")
    redshift.create_namespace(namespaceName=name)
    redshift.create_workgroup(workgroupName=name, namespaceName=name)
    role = cloud.role(TASKS, [allow("redshift-data:*")])
    data = cloud.client("redshift-data", cloud.as_role(role, TASKS))
    code, message = refused(
        data.execute_statement, WorkgroupName=name, Database="dev", Sql="select 1"
    )
    assert code == "AccessDeniedException"
    assert "redshift-serverless:GetCredentials" in message


def test_an_action_in_the_query_string_does_not_change_what_is_asked(cloud: Cloud) -> None:
    status, content = cloud.get(
        "/?Action=ListQueues", {"X-Amz-Target": "AmazonSSM.GetParameter"}, "POST"
    )
    assert status == 400
    assert content["__type"] == "SerializationException"


# Trust.


def test_a_role_is_lent_only_to_whom_it_trusts(cloud: Cloud) -> None:
    role = cloud.role(TASKS)
    assert cloud.credentials(role, TASKS)[0] == 200
    status, content = cloud.credentials(role, "redshift.amazonaws.com")
    assert status == 403
    assert "sts:AssumeRole" in content["message"] and role in content["message"]
    missing = f"arn:aws:iam::{ACCOUNT}:role/{unique('missing')}"
    status, content = cloud.credentials(missing, TASKS)
    assert status == 403
    assert missing in content["message"]


@pytest.mark.parametrize(
    ("condition", "trusted"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"StringEquals": {"aws:SourceAccount": "210987654321"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:airflow:*:*:environment/x"}}, False),
    ],
)
def test_the_conditions_of_a_trust_policy_count(
    cloud: Cloud, condition: dict, trusted: bool
) -> None:
    role = cloud.role([TASKS, "airflow.amazonaws.com"], condition=condition)
    assert cloud.credentials(role, TASKS)[0] == (200 if trusted else 403)


@pytest.mark.parametrize("given", ["nothing", "token", "other service", "other role", "other key"])
def test_the_credential_route_opens_to_the_right_hmac_alone(cloud: Cloud, given: str) -> None:
    role, other = cloud.role([TASKS, "redshift.amazonaws.com"]), cloud.role(TASKS)

    def sign(service: str, arn: str, key: str = cloud.token) -> str:
        return hmac.new(key.encode(), f"{service}|{arn}".encode(), hashlib.sha256).hexdigest()

    authorization = {
        "nothing": "",
        "token": f"Bearer {cloud.token}",
        "other service": sign("redshift.amazonaws.com", role),
        "other role": sign(TASKS, other),
        "other key": sign(TASKS, role, secrets.token_hex(16)),
    }[given]
    status, content = cloud.credentials(role, TASKS, authorization)
    assert status == 403
    assert "SecretAccessKey" not in content
    assert cloud.credentials(role, TASKS, sign(TASKS, role))[0] == 200


def test_one_role_cannot_become_another(cloud: Cloud) -> None:
    weak = cloud.role(TASKS, [allow("s3:ListAllMyBuckets")])
    strong = cloud.role(TASKS, [allow("s3:*")])
    sts = cloud.client("sts", cloud.as_role(weak, TASKS))
    code, _ = refused(sts.assume_role, RoleArn=strong, RoleSessionName="name")
    assert code == "AccessDenied"


# iam:PassRole.


def _operator(cloud: Cloud, statements: list[dict]) -> tuple[str, str, str]:
    """Keys of someone who may do all of MWAA, Redshift and EC2, and pass roles as given."""
    role = cloud.role(TASKS, [allow(["airflow:*", "redshift-serverless:*", "ec2:*"]), *statements])
    return cloud.as_role(role, TASKS)


@pytest.mark.parametrize("operation", ["create_namespace", "update_namespace"])
def test_a_namespace_takes_only_roles_that_the_caller_may_pass(
    cloud: Cloud, operation: str
) -> None:
    copy_role = cloud.role("redshift-serverless.amazonaws.com")
    name = unique("namespace")
    if operation == "update_namespace":
        cloud.client("redshift-serverless").create_namespace(namespaceName=name)
    wrong_service = allow(
        "iam:PassRole",
        copy_role,
        Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    )
    for statements in ([], [allow("iam:PassRole", f"{copy_role}-other")], [wrong_service]):
        client = cloud.client("redshift-serverless", _operator(cloud, statements))
        code, message = refused(
            getattr(client, operation), namespaceName=name, iamRoles=[copy_role]
        )
        assert code == "AccessDeniedException"
        assert "iam:PassRole" in message and copy_role in message
    client = cloud.client(
        "redshift-serverless", _operator(cloud, [allow("iam:PassRole", copy_role)])
    )
    answer = getattr(client, operation)(namespaceName=name, iamRoles=[copy_role])
    assert copy_role in str(answer["namespace"]["iamRoles"])


# Each call has its resource.

ARN = f"arn:aws:{{}}:us-east-1:{ACCOUNT}:"


@pytest.mark.parametrize(
    ("service", "action", "mine", "call", "good", "bad"),
    [
        (
            "ssm",
            "ssm:GetParameter",
            "parameter/env/variables/*",
            "get_parameter",
            {"Name": "/env/variables/a"},
            {"Name": "/other/variables/a"},
        ),
        (
            "athena",
            "athena:GetWorkGroup",
            "workgroup/mine",
            "get_work_group",
            {"WorkGroup": "mine"},
            {"WorkGroup": "other"},
        ),
        (
            "athena",
            "athena:StartQueryExecution",
            "workgroup/mine",
            "start_query_execution",
            {"WorkGroup": "mine", "QueryString": "SELECT 1"},
            {"QueryString": "SELECT 1"},
        ),
        (
            "glue",
            "glue:GetDatabase",
            "database/mine",
            "get_database",
            {"Name": "mine"},
            {"Name": "other"},
        ),
        (
            "glue",
            "glue:CreateDatabase",
            "database/mine",
            "create_database",
            {"DatabaseInput": {"Name": "mine"}},
            {"DatabaseInput": {"Name": "other"}},
        ),
        (
            "glue",
            "glue:GetTable",
            "table/mine/*",
            "get_table",
            {"DatabaseName": "mine", "Name": "a"},
            {"DatabaseName": "other", "Name": "a"},
        ),
        (
            "glue",
            "glue:GetJob",
            "job/mine",
            "get_job",
            {"JobName": "mine"},
            {"JobName": "other"},
        ),
        (
            "glue",
            "glue:GetCrawler",
            "crawler/mine",
            "get_crawler",
            {"Name": "mine"},
            {"Name": "other"},
        ),
        (
            "logs",
            "logs:CreateLogStream",
            "log-group:airflow-env-*",
            "create_log_stream",
            {"logGroupName": "airflow-env-Task", "logStreamName": "a"},
            {"logGroupName": "airflow-other-Task", "logStreamName": "a"},
        ),
        (
            "mwaa",
            "airflow:GetEnvironment",
            "environment/mine",
            "get_environment",
            {"Name": "mine"},
            {"Name": "other"},
        ),
    ],
)
def test_a_right_is_for_a_resource(
    cloud: Cloud, service: str, action: str, mine: str, call: str, good: dict, bad: dict
) -> None:
    """The good call goes past IAM, to a resource that is not there; the bad one does not."""
    arns = [ARN.format(action.split(":")[0]) + mine]
    if service == "glue":
        # What is inside the catalog needs the right on what it is in as well.
        arns += [f"{ARN.format('glue')}{around}" for around in ("catalog", "database/mine")]
    role = cloud.role(TASKS, [allow(action, arns)])
    client = cloud.client(service, cloud.as_role(role, TASKS))
    denied = ("AccessDeniedException", "AccessDenied")
    code, message = refused(getattr(client, call), **bad)
    assert code in denied
    assert action in message and "on resource: arn:aws:" in message
    try:
        getattr(client, call)(**good)
    except ClientError as error:
        assert error.response["Error"]["Code"] not in denied, error


def test_a_query_belongs_to_its_workgroup(cloud: Cloud) -> None:
    athena, bucket = cloud.client("athena"), cloud.bucket()
    ids = {}
    for name in (unique("mine"), unique("other")):
        location = {"OutputLocation": f"s3://{bucket}/"}
        athena.create_work_group(Name=name, Configuration={"ResultConfiguration": location})
        ids[name] = athena.start_query_execution(QueryString="SELECT 1", WorkGroup=name)[
            "QueryExecutionId"
        ]
    mine, other = ids
    arn = ARN.format("athena") + f"workgroup/{mine}"
    role = cloud.role(TASKS, [allow("athena:GetQueryExecution", arn)])
    client = cloud.client("athena", cloud.as_role(role, TASKS))
    assert client.get_query_execution(QueryExecutionId=ids[mine])["QueryExecution"]
    code, message = refused(client.get_query_execution, QueryExecutionId=ids[other])
    assert code == "AccessDeniedException" and "athena:GetQueryExecution" in message
