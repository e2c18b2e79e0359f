"""Requests about executions of notebooks.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-headless.html
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from ministack.services import ec2, s3

from local.cloud.core import auth
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.emr import calls
from local.cloud.services.emr.clusters import engine as clusters
from local.cloud.services.emr.clusters.rights import PRINCIPAL, service_role_arn
from local.cloud.services.emr.notebooks import engine, state

#: What a cluster needs; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-considerations.html
_APPLICATIONS = ("Spark", "Livy", "JupyterEnterpriseGateway")

#: States of clusters that take notebooks.
_READY = ("RUNNING", "WAITING")

#: Families of EC2 instances with AMD processors, such as m5a and r5ad.
_AMD = re.compile(r"[a-z]+\d+a[a-z]*\.")

#: Seconds before now that a listing begins at; https://docs.aws.amazon.com/emr/latest/APIReference/API_ListNotebookExecutions.html
_LISTED_SECONDS = 30 * 24 * 3600

#: Members of a request that an execution keeps as they are.
_KEPT = (
    *("NotebookExecutionName", "NotebookParams", "NotebookInstanceSecurityGroupId"),
    *("NotebookS3Location", "OutputNotebookS3Location", "OutputNotebookFormat"),
    "EnvironmentVariables",
)


def _start(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = _cluster(content["ExecutionEngine"])
    _require_location(content)
    _require_parameters(content.get("NotebookParams"))
    _require_groups(content, cluster)
    identifier = calls.identifier(state.PREFIX, 29)
    tags = list(content.get("Tags") or [])
    calls.require_tagging(request, state.arn(identifier), tags)
    role = service_role_arn(content["ServiceRole"])
    auth.require_pass_role(request.access_key, role, PRINCIPAL)
    record = {
        "NotebookExecutionId": identifier,
        "ExecutionEngine": {"Type": "EMR", **content["ExecutionEngine"]},
        **{member: content[member] for member in _KEPT if content.get(member)},
        "Status": "START_PENDING",
        "StartTime": time.time(),
        "Arn": state.arn(identifier),
        "Tags": tags,
        "_serviceRole": role,
    }
    state.executions[identifier] = record
    engine.Execution(cluster, record).start()
    return {"NotebookExecutionId": identifier}


def _cluster(engine: dict[str, Any]) -> dict[str, Any]:
    """The cluster that a notebook is to run on."""
    if engine.get("ExecutionRoleArn"):
        raise _invalid(
            "ExecutionRoleArn is not supported by the local cloud: "
            "a notebook's code has the role of the cluster's nodes"
        )
    cluster = calls.known(engine["Id"])
    at = cluster["Status"]["State"]
    if at not in _READY or cluster["Id"] not in clusters.lives:
        raise _invalid(
            f"Cluster {cluster['Id']} is in the state {at}; "
            f"a notebook execution needs one that is {' or '.join(_READY)}."
        )
    named = {application["Name"] for application in cluster["Applications"]}
    missing = [name for name in _APPLICATIONS if name not in named]
    if missing:
        raise _invalid(
            f"Cluster {cluster['Id']} does not have {', '.join(missing)}: a notebook execution "
            f"needs a cluster with the applications {', '.join(_APPLICATIONS)}."
        )
    # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-considerations.html
    types = {instance["InstanceType"] for instance in cluster["_instances"]}
    amd = sorted(kind for kind in types if _AMD.match(kind))
    if amd:
        raise _invalid(
            f"Cluster {cluster['Id']} has instances with AMD EPYC processors, which notebooks do "
            f"not support: {', '.join(amd)}."
        )
    masters = sum(instance["_type"] == "MASTER" for instance in cluster["_instances"])
    if masters > 1:
        raise _invalid(
            f"Cluster {cluster['Id']} has {masters} primary nodes; "
            "a notebook execution needs a cluster with one."
        )
    return cluster


def _require_location(content: dict[str, Any]) -> None:
    """Raises ServiceError where it is not said what to run, or where the result goes."""
    if content.get("EditorId") or content.get("RelativePath"):
        raise _invalid(
            "EditorId and RelativePath are not supported by the local cloud, which has no EMR "
            "Studio: upload the notebook to S3, and name it by NotebookS3Location (Bucket, Key) "
            "and a folder for the executed one by OutputNotebookS3Location"
        )
    for member in ("NotebookS3Location", "OutputNotebookS3Location"):
        given = content.get(member) or {}
        for part in ("Bucket", "Key"):
            if not given.get(part):
                raise _invalid(f"{member} needs a {part}: give Bucket and Key of both locations")
        if given["Bucket"] not in s3._buckets:
            raise _invalid(f"The bucket '{given['Bucket']}' of {member} does not exist")
    key = content["NotebookS3Location"]["Key"]
    if not key.endswith(".ipynb"):
        raise _invalid(f"The Key '{key}' of NotebookS3Location is no notebook (.ipynb)")


def _require_parameters(given: str | None) -> None:
    if not given:
        return
    try:
        parameters = json.loads(given)
    except ValueError as error:
        raise _invalid(f"NotebookParams is no JSON: {error}") from error
    if not isinstance(parameters, dict):
        raise _invalid("NotebookParams must be a JSON object: names of parameters with values")
    for name in parameters:
        if not name.isidentifier():
            raise _invalid(f"NotebookParams: '{name}' is no name of a variable")


def _require_groups(content: dict[str, Any], cluster: dict[str, Any]) -> None:
    """Raises ServiceError where a security group is not there, or not where the cluster is.

    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-security-groups.html
    """
    given = {
        "NotebookInstanceSecurityGroupId": content.get("NotebookInstanceSecurityGroupId"),
        "MasterInstanceSecurityGroupId": content["ExecutionEngine"].get(
            "MasterInstanceSecurityGroupId"
        ),
    }
    subnet = cluster["Ec2InstanceAttributes"].get("Ec2SubnetId")
    vpc = ec2._subnets[subnet]["VpcId"] if subnet in ec2._subnets else None
    for member, group in given.items():
        if not group:
            continue
        if group not in ec2._security_groups:
            raise _invalid(f"The security group '{group}' of {member} does not exist")
        if vpc is not None and ec2._security_groups[group]["VpcId"] != vpc:
            raise _invalid(
                f"The security group '{group}' of {member} is not in {vpc}, the VPC of the cluster"
            )


def _describe(request: Request) -> dict[str, Any]:
    return {"NotebookExecution": calls.public(_known(request.content), "NotebookExecution")}


def _list(request: Request) -> dict[str, Any]:
    """The executions, the newest first."""
    content = request.content
    now = time.time()
    after = calls.moment(content.get("From"), now - _LISTED_SECONDS)
    before = calls.moment(content.get("To"), now)
    wanted = {"Status": content.get("Status"), "EditorId": content.get("EditorId")}
    engine = content.get("ExecutionEngineId")
    found = [
        {
            **calls.public(record, "NotebookExecutionSummary"),
            "ExecutionEngineId": record["ExecutionEngine"]["Id"],
        }
        for record in reversed(state.executions.values())
        if after <= record["StartTime"] <= before
        and all(not value or record.get(member) == value for member, value in wanted.items())
        and (not engine or record["ExecutionEngine"]["Id"] == engine)
    ]
    return calls.page(content, "NotebookExecutions", found)


def _stop(request: Request) -> dict[str, Any]:
    record = _known(request.content)
    running = engine.running.get(record["NotebookExecutionId"])
    if running is None or not running.stop():
        raise _invalid(
            f"Notebook execution {record['NotebookExecutionId']} is {record['Status']}, "
            "and cannot be stopped."
        )
    return {}


async def _add_tags(request: Request) -> dict[str, Any] | Response:
    content = request.content
    if not _is_tagged(content):
        return await request.emulated()
    record = _known(content, "ResourceId")
    tags = {tag["Key"]: tag for tag in record["Tags"]} | {
        tag["Key"]: tag for tag in content["Tags"]
    }
    record["Tags"] = list(tags.values())
    return {}


async def _remove_tags(request: Request) -> dict[str, Any] | Response:
    content = request.content
    if not _is_tagged(content):
        return await request.emulated()
    record = _known(content, "ResourceId")
    record["Tags"] = [tag for tag in record["Tags"] if tag["Key"] not in content["TagKeys"]]
    return {}


def _is_tagged(content: dict[str, Any]) -> bool:
    """Whether a request to tag is about an execution; it is about a cluster else."""
    return str(content.get("ResourceId")).startswith(state.PREFIX)


def _known(content: dict[str, Any], member: str = "NotebookExecutionId") -> dict[str, Any]:
    record = state.executions.get(content[member])
    if record is None:
        raise _invalid(f"Notebook execution id '{content[member]}' is not valid.")
    return record


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidRequestException", message)


OPERATIONS: dict[str, Operation] = {
    "AddTags": _add_tags,
    "DescribeNotebookExecution": _describe,
    "ListNotebookExecutions": _list,
    "RemoveTags": _remove_tags,
    "StartNotebookExecution": _start,
    "StopNotebookExecution": _stop,
}
