"""The Resource Groups Tagging API: whose the resources are that have a name."""

from __future__ import annotations

import json
from typing import Any

from running import ACCOUNT, REGION, Cloud, allow, unique
from test_auth import refused

TAGS = {"Project": "p", "Stack": "s"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
LAMBDA = "lambda.amazonaws.com"


def made(cloud: Cloud, name: str) -> dict[str, Any]:
    """What has tags, of each service; what removes it, by its ARN."""
    glue, states = cloud.client("glue"), cloud.client("stepfunctions")
    athena, ssm = cloud.client("athena"), cloud.client("ssm")
    role = cloud.role(["glue.amazonaws.com", "states.amazonaws.com"])
    glue.create_database(DatabaseInput={"Name": name}, Tags=TAGS)
    glue.create_job(
        Name=name,
        Role=role,
        Command={"Name": "glueetl", "ScriptLocation": "s3://b/k.py"},
        GlueVersion="5.1",
        Tags=TAGS,
    )
    glue.create_crawler(
        Name=name,
        Role=role,
        DatabaseName=name,
        Targets={"S3Targets": [{"Path": "s3://b/"}]},
        Tags=TAGS,
    )
    ends = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    machine = states.create_state_machine(
        name=name,
        definition=json.dumps(ends),
        roleArn=role,
        tags=[{"key": key, "value": value} for key, value in TAGS.items()],
    )["stateMachineArn"]
    athena.create_work_group(Name=name, Tags=PAIRS)
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": PAIRS})
    ssm.put_parameter(Name=f"/{name}/x", Type="String", Value="x", Tags=PAIRS)

    def arn(service: str, resource: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"

    return {
        arn("glue", f"crawler/{name}"): lambda: glue.delete_crawler(Name=name),
        arn("glue", f"job/{name}"): lambda: glue.delete_job(JobName=name),
        arn("glue", f"database/{name}"): lambda: glue.delete_database(Name=name),
        machine: lambda: states.delete_state_machine(stateMachineArn=machine),
        f"arn:aws:s3:::{name}": lambda: s3.delete_bucket(Bucket=name),
        arn("athena", f"workgroup/{name}"): lambda: athena.delete_work_group(WorkGroup=name),
        arn("ssm", f"parameter/{name}/x"): lambda: ssm.delete_parameter(Name=f"/{name}/x"),
    }


def test_tags_are_found_by_arns_and_what_is_not_there_is_left_out(cloud: Cloud) -> None:
    tagging = cloud.client("resourcegroupstaggingapi")
    there = made(cloud, unique("owned"))
    absent = [f"{arn}-not" for arn in there]
    elsewhere = [arn.replace(REGION, "eu-west-1") for arn in there if REGION in arn]

    def found() -> dict[str, dict[str, str]]:
        answer = tagging.get_resources(ResourceARNList=[*there, *absent, *elsewhere])
        assert answer["PaginationToken"] == ""
        return {
            one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}
            for one in answer["ResourceTagMappingList"]
        }

    assert found() == dict.fromkeys(there, TAGS)
    for remove in there.values():
        remove()
    assert found() == {}


def test_tags_that_were_changed_are_found_as_they_are_now(cloud: Cloud) -> None:
    ssm, tagging = cloud.client("ssm"), cloud.client("resourcegroupstaggingapi")
    name = f"/{unique('changed')}"
    ssm.put_parameter(Name=name, Type="String", Value="x", Tags=PAIRS)
    ssm.add_tags_to_resource(
        ResourceType="Parameter", ResourceId=name, Tags=[{"Key": "Project", "Value": "other"}]
    )
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"
    [one] = tagging.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"]
    assert {"Key": "Project", "Value": "other"} in one["Tags"]
    ssm.delete_parameter(Name=name)


def test_the_right_is_one_without_a_resource(cloud: Cloud) -> None:
    arns = [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/none"]

    def ask(*statements: dict[str, Any]) -> Any:
        keys = cloud.as_role(cloud.role(LAMBDA, list(statements)), LAMBDA)
        return cloud.client("resourcegroupstaggingapi", keys).get_resources

    assert ask(allow("tag:GetResources"))(ResourceARNList=arns)["ResourceTagMappingList"] == []
    for statements in ([], [allow("ssm:*")], [allow("tag:GetResources", arns)]):
        code, message = refused(ask(*statements), ResourceARNList=arns)
        assert code == "AccessDeniedException"
        assert "tag:GetResources" in message


def test_what_is_wrong_with_a_request(cloud: Cloud) -> None:
    tagging = cloud.client("resourcegroupstaggingapi")
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/none"
    for given, said in (
        ({"ResourceARNList": ["parameter/none"]}, "is not a valid AmazonResourceName"),
        ({"ResourceARNList": [arn] * 101}, "100"),
        ({"ResourceARNList": [arn], "TagFilters": [{"Key": "Project"}]}, "TagFilters"),
        ({"ResourceARNList": [arn], "ResourceTypeFilters": ["ssm"]}, "ResourceTypeFilters"),
        ({"ResourceARNList": [arn], "ResourcesPerPage": 1}, "ResourcesPerPage"),
        # What this cloud does not do, and does not pretend to.
        ({}, "not supported by the local cloud"),
        (
            {"ResourceARNList": ["arn:aws:sns:us-east-1:1:x"]},
            "GetResources of sns is not supported",
        ),
    ):
        code, message = refused(tagging.get_resources, **given)
        assert code == "InvalidParameterException"
        assert said in message, message
    assert refused(tagging.get_tag_keys)
