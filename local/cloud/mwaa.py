"""MWAA's control plane: an environment is refused, or fails, for what it would fail for on AWS.

Airflow itself is run by `local/airflow`, which reads all of this from GetEnvironment.
https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ministack.services import ec2, mwaa, s3

from local.cloud.core import auth, seam
from local.cloud.core.settings import ACCOUNT, REGION

#: Both must be trusted by the execution role.
SERVICES = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")

#: Those that the laptop runs, of
#: https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html
VERSIONS = ("3.2.1",)

#: https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
CLASSES = ("mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge")

#: What CreateEnvironment takes when nothing is said; https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
_DEFAULTS: dict[str, Any] = {
    "AirflowVersion": VERSIONS[-1],
    "EnvironmentClass": "mw1.small",
    "MaxWorkers": 10,
    "MinWorkers": 1,
    "WebserverAccessMode": "PRIVATE_ONLY",
    "EndpointManagement": "SERVICE",
    "WeeklyMaintenanceWindowStart": "SUN:04:00",
    "AirflowConfigurationOptions": {},
}

_LOGS = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}


#: The account of the service's that stands for the one in which MWAA keeps queue and key.
_SERVICE_ACCOUNT = "999999999999"

_QUEUE_ACTIONS = (
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ReceiveMessage",
    "SendMessage",
)
_KEY_ACTIONS = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey")


def install() -> None:
    """Take the place of ministack's own."""
    mwaa.handle_request = handle_request
    # ministack would start a container for each.
    mwaa.load_persisted_state = lambda data: mwaa._environments.update(data.get("environments", {}))
    auth.resources_of("airflow", _resource)


def _resource(path: str, _content: dict[str, Any]) -> str:
    kind, _, rest = path.strip("/").partition("/")
    if kind == "tags":
        return unquote(rest)
    if not rest:
        return "*"
    rest = rest.removeprefix("environments/")
    return f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/{unquote(rest)}"


def _refused(message: str) -> seam.ServiceError:
    return seam.ServiceError("ValidationException", message, 400)


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
) -> seam.Response:
    """Serve one call, by method and path."""
    kind, _, rest = path.strip("/").partition("/")
    name = unquote(rest)
    try:
        content = json.loads(body) if body else {}
        answer = _served(method, kind, name, content, headers, query_params)
    except seam.ServiceError as error:
        return (
            error.status,
            {"Content-Type": "application/json", "x-amzn-ErrorType": error.code},
            json.dumps({"message": str(error)}).encode(),
        )
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def _served(
    method: str,
    kind: str,
    name: str,
    content: dict[str, Any],
    headers: dict[str, str],
    query_params: dict[str, list[str]],
) -> dict[str, Any]:
    if kind == "environments" and not name:
        return {"Environments": sorted(mwaa._environments.keys())}
    if kind == "tags":
        return _tags(method, name, content, query_params)
    if kind == "metrics" and name.startswith("environments/"):
        # MWAA keeps these to itself: no call reads them.
        name = name.removeprefix("environments/")
        if name not in mwaa._environments:
            raise _refused(f"Environment with name {name} does not exist.")
        return {}
    if kind != "environments":
        raise _refused(
            f"the local cloud has no {method} /{kind}: Airflow's own REST API is at the address "
            "that `npm run local -- ui` prints"
        )
    if method == "PUT":
        if name in mwaa._environments:
            raise _refused(f"Environment {name} already exists.")
        environment = _wanted(name, content)
        auth.require_pass_role(headers, query_params, content["ExecutionRoleArn"], SERVICES[0])
        _require(environment)
        mwaa._environments[name] = environment
        return {"Arn": environment["Arn"]}
    if name not in mwaa._environments:
        raise seam.ServiceError(
            "ResourceNotFoundException", f"Environment with name {name} does not exist.", 404
        )
    environment = mwaa._environments[name]
    if method == "GET":
        return {"Environment": {k: v for k, v in environment.items() if v is not None}}
    if method == "PATCH":
        changed = _changed(environment, content)
        if "ExecutionRoleArn" in content:
            auth.require_pass_role(headers, query_params, content["ExecutionRoleArn"], SERVICES[0])
        _require(changed)
        mwaa._environments[name] = changed
        return {"Arn": environment["Arn"]}
    if method == "DELETE":
        del mwaa._environments[name]
        return {}
    raise _refused(f"unknown request: {method} /environments/{name}")


def _wanted(name: str, content: dict[str, Any]) -> dict[str, Any]:
    for member in ("DagS3Path", "ExecutionRoleArn", "NetworkConfiguration", "SourceBucketArn"):
        if not content.get(member):
            raise _refused(f"{member} is required.")
    now = time.time()
    fewest = 1 if content.get("EnvironmentClass") == "mw1.micro" else 2
    return {
        **_DEFAULTS,
        **dict.fromkeys(("MaxWebservers", "MinWebservers", "Schedulers"), fewest),
        **{key: value for key, value in content.items() if value is not None},
        "Name": name,
        "Arn": f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/{name}",
        "Status": "AVAILABLE",
        "CreatedAt": now,
        "LastUpdate": {"Status": "SUCCESS", "CreatedAt": now},
        "LoggingConfiguration": _logging(name, content.get("LoggingConfiguration") or {}),
        "ServiceRoleArn": (
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/airflow.amazonaws.com/"
            "AWSServiceRoleForAmazonMWAA"
        ),
        "WebserverUrl": f"{name}.c0.{REGION}.airflow.amazonaws.com",
        "CeleryExecutorQueue": (
            f"arn:aws:sqs:{REGION}:{_SERVICE_ACCOUNT}:airflow-celery-{uuid.uuid4()}"
        ),
        "Tags": content.get("Tags") or {},
    }


def _changed(environment: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    changed = {**environment, **{key: value for key, value in content.items() if value is not None}}
    changed.pop("WorkerReplacementStrategy", None)
    network = {**environment["NetworkConfiguration"], **(content.get("NetworkConfiguration") or {})}
    now = time.time()
    return {
        **changed,
        "NetworkConfiguration": network,
        "LoggingConfiguration": {
            **environment["LoggingConfiguration"],
            **_logging(environment["Name"], content.get("LoggingConfiguration") or {}),
        },
        "LastUpdate": {
            "Status": "SUCCESS",
            "CreatedAt": now,
            "Source": "UpdateEnvironment",
            "WorkerReplacementStrategy": content.get("WorkerReplacementStrategy", "FORCED"),
        },
    }


def _logging(name: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        member: {
            "Enabled": content[member].get("Enabled", False),
            "LogLevel": content[member].get("LogLevel", "INFO"),
            "CloudWatchLogGroupArn": (
                f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:airflow-{name}-{suffix}"
            ),
        }
        for member, suffix in _LOGS.items()
        if member in content
    }


def _tags(
    method: str, arn: str, content: dict[str, Any], query_params: dict[str, list[str]]
) -> dict[str, Any]:
    for environment in mwaa._environments.values():
        if environment["Arn"] == arn:
            if method == "GET":
                return {"Tags": environment["Tags"]}
            if method == "POST":
                environment["Tags"] = {**environment["Tags"], **content.get("Tags", {})}
            else:
                for key in query_params.get("tagKeys", []):
                    environment["Tags"].pop(key, None)
            return {}
    raise seam.ServiceError("ResourceNotFoundException", f"there is no environment {arn}", 404)


def _require(environment: dict[str, Any]) -> None:
    """Look at all that MWAA needs, in the order in which it would be missed.

    Raises:
        seam.ServiceError: ValidationException naming what is wrong.
    """
    if environment["AirflowVersion"] not in VERSIONS:
        raise _refused(
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
        raise _refused(f"the source bucket {name} does not exist")
    if s3._bucket_versioning.get(name) != "Enabled":
        raise _refused(f"the source bucket {name} must have versioning enabled")
    if str(bucket.get("_public_access_block", "")).count(">true<") < 4:
        raise _refused(
            f"the source bucket {name} must block public access: all four settings of its "
            "PublicAccessBlock"
        )
    for what in ("Requirements", "Plugins", "StartupScript"):
        key, wanted = environment.get(f"{what}S3Path"), environment.get(f"{what}S3ObjectVersion")
        if key and not _has_version(name, key, wanted):
            raise _refused(f"{what}S3Path: s3://{name}/{key} has no version {wanted}")


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
            raise _refused(f"the execution role cannot be used: {denied}") from denied
    refused = auth.first_refusal(lents[0], list(_asked(environment)))
    if refused is not None:
        raise _refused(f"the execution role cannot be used: {refused}")


def _asked(environment: dict[str, Any]) -> Iterator[auth.Asked]:
    bucket = environment["SourceBucketArn"]
    yield "s3:GetAccountPublicAccessBlock", "*", {}
    yield "s3:GetBucketPublicAccessBlock", bucket, {}
    for action in _QUEUE_ACTIONS:
        yield f"sqs:{action}", environment["CeleryExecutorQueue"], {}
    # Messages are encrypted, with the environment's key or one of the service's own account.
    key = environment.get("KmsKey") or f"arn:aws:kms:{REGION}:{_SERVICE_ACCOUNT}:key/mwaa"
    for action in _KEY_ACTIONS:
        yield f"kms:{action}", key, {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}


def _require_network(network: dict[str, Any]) -> None:
    subnets = [(identifier, ec2._subnets.get(identifier)) for identifier in network["SubnetIds"]]
    for identifier, subnet in subnets:
        if subnet is None:
            raise _refused(f"there is no subnet {identifier}")
    zones = {subnet["AvailabilityZone"] for _, subnet in subnets}
    if len(subnets) != 2 or len(zones) != 2:
        raise _refused(
            "MWAA needs two private subnets in two availability zones; "
            f"there are {len(subnets)} in {', '.join(sorted(zones))}"
        )
    for identifier in network["SecurityGroupIds"]:
        group = ec2._security_groups.get(identifier)
        if group is None:
            raise _refused(f"there is no security group {identifier}")
        if identifier not in json.dumps(group.get("IpPermissions", []), default=str):
            raise _refused(
                f"the security group {identifier} must have an inbound rule that allows itself"
            )


def _require_size(environment: dict[str, Any]) -> None:
    """Look at the class, and at the numbers that it bounds.

    https://docs.aws.amazon.com/mwaa/latest/userguide/environment-class.html
    https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-quotas.html
    """
    kind = environment["EnvironmentClass"]
    if kind not in CLASSES:
        raise _refused(f"EnvironmentClass {kind} is not one of {', '.join(CLASSES)}")
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
            raise _refused(
                f"{member} is {environment[member]}; allowed with {kind}: {low} to {high}"
            )
    for what in ("Workers", "Webservers"):
        least, most = environment[f"Min{what}"], environment[f"Max{what}"]
        if least > most:
            raise _refused(f"Min{what} {least} is greater than Max{what} {most}")


def _require_options(options: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/mwaa/latest/API/API_Environment.html"""
    for option, value in options.items():
        if not re.fullmatch(r"[a-z]+([a-z0-9._]*[a-z0-9_]+)?", option) or "." not in option:
            raise _refused(f"AirflowConfigurationOptions: {option!r} is not section.option")
        if len(option) > 64 or not re.fullmatch(r"[ -~]{1,65536}", value):
            raise _refused(f"AirflowConfigurationOptions: the value of {option} is not allowed")
