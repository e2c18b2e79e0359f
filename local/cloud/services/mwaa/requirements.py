"""What an environment needs: it is refused for what it would fail for on AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.services import ec2, s3

from local.cloud.core import auth
from local.cloud.core.settings import REGION
from local.cloud.services.mwaa.environments import SERVICE_ACCOUNT, VERSIONS, refused

#: Both must be trusted by the execution role.
SERVICES = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")

#: https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
CLASSES = ("mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge")

_QUEUE_ACTIONS = (
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ReceiveMessage",
    "SendMessage",
)
_KEY_ACTIONS = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey")


def require(environment: dict[str, Any]) -> None:
    """Look at all that MWAA needs, in the order in which it would be missed.

    Raises:
        ServiceError: ValidationException naming what is wrong.
    """
    if environment["AirflowVersion"] not in VERSIONS:
        raise refused(
            f"AirflowVersion {environment['AirflowVersion']} is not supported: "
            f"use {', '.join(VERSIONS)}"
        )
    _require_bucket(environment)
    _require_role(environment)
    _require_network(environment["NetworkConfiguration"])
    _require_size(environment)
    _require_options(environment["AirflowConfigurationOptions"])


def _require_bucket(environment: dict[str, Any]) -> None:
    name = environment["SourceBucketArn"].rsplit(":", 1)[-1]
    bucket = s3._buckets.get(name)
    if bucket is None:
        raise refused(f"the source bucket {name} does not exist")
    if s3._bucket_versioning.get(name) != "Enabled":
        raise refused(f"the source bucket {name} must have versioning enabled")
    if str(bucket.get("_public_access_block", "")).count(">true<") < 4:
        raise refused(
            f"the source bucket {name} must block public access: all four settings of its "
            "PublicAccessBlock"
        )
    for what in ("Requirements", "Plugins", "StartupScript"):
        key, wanted = environment.get(f"{what}S3Path"), environment.get(f"{what}S3ObjectVersion")
        if key and wanted is None and what != "StartupScript":
            # https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
            raise refused(f"{what}S3ObjectVersion is required with {what}S3Path")
        if key and not _has_version(name, key, wanted):
            raise refused(f"{what}S3Path: s3://{name}/{key} has no version {wanted}")


def _has_version(bucket: str, key: str, version: str | None) -> bool:
    versions = s3._object_versions.get((bucket, key)) or []
    if version is None:
        return bool(versions)
    return any(entry.get("version_id") == version for entry in versions)


def _require_role(environment: dict[str, Any]) -> None:
    """Look whether the role can be had, and may do what MWAA does as it.

    Its queue, its key and its view of the bucket are asked about here, since nothing on a laptop
    calls them: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
    """
    arn = environment["ExecutionRoleArn"]
    lents = []
    for service in SERVICES:
        try:
            lents.append(auth.assume(arn, service))
        except auth.Denied as denied:
            raise refused(f"the execution role cannot be used: {denied}") from denied
    refusal = auth.first_refusal(lents[0], list(_asked(environment)))
    if refusal is not None:
        raise refused(f"the execution role cannot be used: {refusal}")


def _asked(environment: dict[str, Any]) -> Iterator[auth.Asked]:
    bucket = environment["SourceBucketArn"]
    yield "s3:GetAccountPublicAccessBlock", "*", {}
    yield "s3:GetBucketPublicAccessBlock", bucket, {}
    for action in _QUEUE_ACTIONS:
        yield f"sqs:{action}", environment["CeleryExecutorQueue"], {}
    # Messages are encrypted, with the environment's key or one of the service's own account.
    key = environment.get("KmsKey") or f"arn:aws:kms:{REGION}:{SERVICE_ACCOUNT}:key/mwaa"
    for action in _KEY_ACTIONS:
        yield f"kms:{action}", key, {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}


def _require_network(network: dict[str, Any]) -> None:
    subnets = []
    for identifier in network["SubnetIds"]:
        subnet = ec2._subnets.get(identifier)
        if subnet is None:
            raise refused(f"there is no subnet {identifier}")
        subnets.append(subnet)
    zones = {subnet["AvailabilityZone"] for subnet in subnets}
    if len(subnets) != 2 or len(zones) != 2:
        raise refused(
            "MWAA needs two private subnets in two availability zones; "
            f"there are {len(subnets)} in {', '.join(sorted(zones))}"
        )
    [vpc, *others] = {subnet["VpcId"] for subnet in subnets}
    if others:
        raise refused("the subnets must be in one VPC")
    for identifier in network["SecurityGroupIds"]:
        group = ec2._security_groups.get(identifier)
        if group is None:
            raise refused(f"there is no security group {identifier}")
        if group["VpcId"] != vpc:
            raise refused(f"the security group {identifier} must be in the subnets' VPC, {vpc}")
        if identifier not in json.dumps(group.get("IpPermissions", []), default=str):
            raise refused(
                f"the security group {identifier} must have an inbound rule that allows itself"
            )


def _require_size(environment: dict[str, Any]) -> None:
    """Look at the class, and at the numbers that it bounds.

    https://docs.aws.amazon.com/mwaa/latest/userguide/environment-class.html
    https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-quotas.html
    """
    kind = environment["EnvironmentClass"]
    if kind not in CLASSES:
        raise refused(f"EnvironmentClass {kind} is not one of {', '.join(CLASSES)}")
    one = kind == "mw1.micro"
    workers, others = ((1, 1), (1, 1)) if one else ((1, 25), (2, 5))
    for member, (low, high) in {
        "MinWorkers": workers,
        "MaxWorkers": workers,
        "MinWebservers": others,
        "MaxWebservers": others,
        "Schedulers": others,
    }.items():
        if not low <= environment[member] <= high:
            raise refused(
                f"{member} is {environment[member]}; allowed with {kind}: {low} to {high}"
            )
    for what in ("Workers", "Webservers"):
        least, most = environment[f"Min{what}"], environment[f"Max{what}"]
        if least > most:
            raise refused(f"Min{what} {least} is greater than Max{what} {most}")


def _require_options(options: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/mwaa/latest/API/API_Environment.html"""
    for option, value in options.items():
        if not re.fullmatch(r"[a-z]+([a-z0-9._]*[a-z0-9_]+)?", option) or "." not in option:
            raise refused(f"AirflowConfigurationOptions: {option!r} is not section.option")
        if len(option) > 64 or not re.fullmatch(r"[ -~]{1,65536}", value):
            raise refused(f"AirflowConfigurationOptions: the value of {option} is not allowed")
