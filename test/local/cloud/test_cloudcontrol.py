"""Cloud Control API: a bucket as its CloudFormation type describes it."""

from __future__ import annotations

import json
from typing import Any

from running import Cloud, allow, unique
from test_auth import refused

LAMBDA = "lambda.amazonaws.com"
BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def described(cloud: Cloud, name: str) -> dict[str, Any]:
    """The properties of a bucket."""
    answer = cloud.client("cloudcontrol").get_resource(TypeName="AWS::S3::Bucket", Identifier=name)
    assert answer["TypeName"] == "AWS::S3::Bucket"
    assert answer["ResourceDescription"]["Identifier"] == name
    return json.loads(answer["ResourceDescription"]["Properties"])


def test_a_bucket_has_what_was_put_on_it(cloud: Cloud) -> None:
    s3, name = cloud.client("s3"), cloud.bucket()
    there = described(cloud, name)
    assert "VersioningConfiguration" not in there
    assert there["PublicAccessBlockConfiguration"] == dict.fromkeys(BLOCK, True)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    assert described(cloud, name)["VersioningConfiguration"] == {"Status": "Suspended"}
    block = {**dict.fromkeys(BLOCK, True), "IgnorePublicAcls": False}
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    assert described(cloud, name)["PublicAccessBlockConfiguration"] == block
    s3.delete_public_access_block(Bucket=name)
    assert "PublicAccessBlockConfiguration" not in described(cloud, name)


def test_what_is_not_there_or_of_another_type(cloud: Cloud) -> None:
    get = cloud.client("cloudcontrol").get_resource
    code, message = refused(get, TypeName="AWS::S3::Bucket", Identifier=unique("none"))
    assert code == "ResourceNotFoundException" and "was not found" in message
    code, message = refused(get, TypeName="AWS::SQS::Queue", Identifier="x")
    assert code == "UnsupportedActionException" and "only of AWS::S3::Bucket" in message


def test_the_caller_may_read_the_bucket_itself(cloud: Cloud) -> None:
    name = cloud.bucket()
    arn = f"arn:aws:s3:::{name}"
    asked = {"TypeName": "AWS::S3::Bucket", "Identifier": name}

    def get(*statements: dict[str, Any]) -> Any:
        keys = cloud.as_role(cloud.role(LAMBDA, list(statements)), LAMBDA)
        return cloud.client("cloudcontrol", keys).get_resource

    ask = allow("cloudformation:GetResource")
    assert get(ask, allow("s3:*", arn))(**asked)["TypeName"] == asked["TypeName"]
    code, message = refused(get(allow("s3:*", arn)), **asked)
    assert code == "AccessDeniedException" and "cloudformation:GetResource" in message
    code, message = refused(get(ask, allow("s3:ListBucket", arn)), **asked)
    assert code == "AccessDeniedException" and "s3:GetAccelerateConfiguration" in message
