"""Requests are checked against AWS's own API models before they do anything."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from running import REGION, ROOT, Cloud, python, unique
from test_auth import refused


def send(
    cloud: Cloud, service: str, headers: dict[str, str], body: bytes, path: str = "/", method="POST"
) -> tuple[int, str]:
    """A signed request with any body at all."""
    request = AWSRequest(method, cloud.url + path, headers=headers, data=body)
    SigV4Auth(Credentials(*cloud.keys), service, REGION).add_auth(request)
    plain = urllib.request.Request(
        cloud.url + path, data=body, headers=dict(request.headers.items()), method=method
    )
    try:
        with urllib.request.urlopen(plain, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


#: A wrong value, the code AWS refuses it with, and what its message names.
WRONG: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("ssm", "put_parameter", {"Value": "a", "Type": "String"}, "ValidationException", "name"),
    (
        "ssm",
        "put_parameter",
        {"Name": "a", "Value": "", "Type": "String"},
        "ValidationException",
        "value",
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "a", "Value": "b", "Type": "Text"},
        "ValidationException",
        "type",
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "a", "Value": "b", "Type": "String", "Tier": "Big"},
        "ValidationException",
        "tier",
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "a", "Value": 3, "Type": "String"},
        "ValidationException",
        "value",
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "/a/b", "Value": "x" * 4097, "Type": "String"},
        "ValidationException",
        "4096",
    ),
    (
        "logs",
        "create_log_group",
        {"logGroupName": "a b"},
        "InvalidParameterException",
        "logGroupName",
    ),
    ("logs", "create_log_group", {}, "InvalidParameterException", "logGroupName"),
    (
        "logs",
        "put_retention_policy",
        {"logGroupName": "a", "retentionInDays": 13},
        "InvalidParameterException",
        "13",
    ),
    ("athena", "create_work_group", {"Name": "a b"}, "InvalidRequestException", "name"),
    ("athena", "start_query_execution", {}, "InvalidRequestException", "queryString"),
    ("glue", "create_database", {}, "ValidationException", "databaseInput"),
    ("kms", "create_key", {"KeyUsage": "EAT"}, "ValidationException", "keyUsage"),
    ("iam", "create_role", {"RoleName": "a"}, "ValidationError", "assumeRolePolicyDocument"),
    (
        "iam",
        "create_role",
        {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"},
        "ValidationError",
        "roleName",
    ),
    (
        "iam",
        "create_role",
        {"RoleName": "a", "AssumeRolePolicyDocument": "{"},
        "MalformedPolicyDocument",
        "",
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "/aws/b", "Value": "b", "Type": "String"},
        "ValidationException",
        "aws",
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "a/b", "Value": "b", "Type": "String"},
        "ValidationException",
        "fully qualified",
    ),
    (
        "ssm",
        "put_parameter",
        {"Name": "/a b", "Value": "b", "Type": "String"},
        "ValidationException",
        "letters",
    ),
    (
        "sts",
        "assume_role",
        {"RoleArn": "arn:aws:iam::123456789012:role/a"},
        "ValidationError",
        "roleSessionName",
    ),
    (
        "redshift-serverless",
        "create_namespace",
        {"namespaceName": "A b"},
        "ValidationException",
        "namespaceName",
    ),
    ("redshift-serverless", "create_namespace", {}, "ValidationException", "namespaceName"),
    (
        "redshift-serverless",
        "create_namespace",
        {"namespaceName": "abc", "logExports": ["all"]},
        "ValidationException",
        "logExports",
    ),
    (
        "redshift-serverless",
        "create_workgroup",
        {"workgroupName": "abc"},
        "ValidationException",
        "namespaceName",
    ),
    ("redshift-data", "execute_statement", {"WorkgroupName": "abc"}, "ValidationException", "sql"),
    ("redshift-data", "batch_execute_statement", {"Sqls": []}, "ValidationException", "sqls"),
    ("mwaa", "create_environment", {"Name": "a b"}, "ValidationException", "name"),
    ("mwaa", "create_environment", {"Name": "abc"}, "ValidationException", "dagS3Path"),
    ("ec2", "create_vpc_endpoint", {"ServiceName": "s"}, "InvalidParameterValue", "vpcId"),
    (
        "ec2",
        "create_flow_logs",
        {"ResourceIds": ["vpc-1"], "ResourceType": "Town"},
        "InvalidParameterValue",
        "resourceType",
    ),
]


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{w[0]}-{w[1]}-{w[4][:12] or w[3]}" for w in WRONG])
def test_what_aws_refuses_is_refused(cloud: Cloud, wrong: tuple) -> None:
    service, operation, arguments, code, named = wrong
    given = refused(getattr(cloud.client(service), operation), **arguments)
    assert given[0] == code
    assert named.lower() in given[1].lower()


GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "a.amazonaws.com"}}


@pytest.mark.parametrize(
    ("kind", "statement", "named"),
    [
        ("identity", {**GOOD, "Principal": "*"}, "principal"),
        ("identity", {**GOOD, "Effect": "allow"}, "Effect"),
        ("identity", {**GOOD, "Action": "GetObject"}, "vendor"),
        ("identity", {**GOOD, "Resource": "bucket"}, "ARN"),
        ("identity", {"Effect": "Allow", "Action": "s3:GetObject"}, "resources"),
        ("identity", {"Effect": "Allow", "Resource": "*"}, "Action"),
        ("identity", {**GOOD, "Sid": "a-b"}, "alpha-numeric"),
        ("identity", {**GOOD, "Conditions": {}}, "Conditions"),
        ("trust", {**TRUST, "Resource": "*"}, "Resource"),
        ("trust", {"Effect": "Allow", "Action": "sts:AssumeRole"}, "Principal"),
        ("bucket", GOOD, "Principal"),
        ("bucket", {**GOOD, "Principal": "*"}, "invalid resource"),
    ],
)
def test_a_malformed_policy_is_refused(
    cloud: Cloud, kind: str, statement: dict, named: str
) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    if kind == "bucket":
        code, message = refused(
            cloud.client("s3").put_bucket_policy, Bucket=cloud.bucket(), Policy=document
        )
        assert code == "MalformedPolicy"
    else:
        iam, role = cloud.client("iam"), cloud.role("a.amazonaws.com").rsplit("/", 1)[-1]
        code, message = (
            refused(iam.update_assume_role_policy, RoleName=role, PolicyDocument=document)
            if kind == "trust"
            else refused(
                iam.put_role_policy, RoleName=role, PolicyName="a", PolicyDocument=document
            )
        )
        assert code == "MalformedPolicyDocument"
    assert named in message


def test_a_malformed_version_of_a_managed_policy_is_refused(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    document = {"Version": "2012-10-17", "Statement": [GOOD]}
    arn = iam.create_policy(PolicyName=unique("own"), PolicyDocument=json.dumps(document))[
        "Policy"
    ]["Arn"]
    document["Statement"] = [{**GOOD, "Sid": "a-b"}]
    code, message = refused(
        iam.create_policy_version, PolicyArn=arn, PolicyDocument=json.dumps(document)
    )
    assert code == "MalformedPolicyDocument"
    assert "alpha-numeric" in message


def test_a_body_that_is_no_json(cloud: Cloud) -> None:
    headers = {
        "X-Amz-Target": "AmazonSSM.PutParameter",
        "Content-Type": "application/x-amz-json-1.1",
    }
    status, text = send(cloud, "ssm", headers, b"{not json")
    assert (status, json.loads(text)["__type"]) == (400, "SerializationException")


def test_a_body_that_is_no_object(cloud: Cloud) -> None:
    headers = {
        "X-Amz-Target": "AmazonSSM.PutParameter",
        "Content-Type": "application/x-amz-json-1.1",
    }
    for body in (b"[]", b"3", b'"text"', b"null"):
        status, _ = send(cloud, "ssm", headers, body)
        assert status == 400, body


def test_an_operation_that_is_unknown(cloud: Cloud) -> None:
    headers = {
        "X-Amz-Target": "RedshiftServerless.Nothing",
        "Content-Type": "application/x-amz-json-1.1",
    }
    status, text = send(cloud, "redshift-serverless", headers, b"{}")
    assert status == 400
    assert "Nothing" in text


def test_a_parameter_that_ec2_does_not_know(cloud: Cloud) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"Action=DescribeVpcs&Version=2016-11-15&VpcIdd.1=vpc-1"
    status, text = send(cloud, "ec2", headers, body)
    assert status == 400
    assert "UnknownParameter" in text and "VpcIdd.1" in text


def test_what_is_right_goes_through(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(
        CidrBlock="10.1.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "a b"}]}],
    )["Vpc"]["VpcId"]
    found = ec2.describe_vpcs(
        Filters=[{"Name": "tag:Name", "Values": ["a b"]}, {"Name": "vpc-id", "Values": [vpc]}]
    )["Vpcs"]
    assert [entry["VpcId"] for entry in found] == [vpc]
    ec2.delete_vpc(VpcId=vpc)


def test_every_pattern_of_the_models_is_understood() -> None:
    """They are written for Java; one that is not understood would let everything through."""
    code = """
from local.cloud.core import model
known = [model.service_model(name) for name in model.SERVICES.values()]
shapes = [one.shape_for(name) for one in known for name in one.shape_names]
patterns = {shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}
assert len(patterns) > 100
for pattern in patterns:
    model._pattern(pattern)
tag = model._pattern(r"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*")
assert tag.fullmatch("Équipe 1") and tag.fullmatch("データ") and not tag.fullmatch("R&D")
name = model._pattern(r"[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*")
assert name.fullmatch("a \\U0001F600") and not name.fullmatch("a\\x00")
"""
    subprocess.run([python(), "-c", code], cwd=ROOT, check=True)
