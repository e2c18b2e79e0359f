"""Executions of notebooks on EMR's clusters: what one may ask for, and what is known of them.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-headless.html
"""

from __future__ import annotations

import json
import secrets
import string
import time
from collections.abc import Callable
from typing import Any

from ministack.services import ec2, s3

from local.cloud import emr_calls, emr_clusters, emr_notebook_runs, emr_request
from local.cloud.core import auth, seam
from local.cloud.core.settings import ACCOUNT, REGION

#: How the id of an execution begins.
PREFIX = "ex-"

#: What a cluster needs; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-considerations.html
_APPLICATIONS = ("Spark", "Livy", "JupyterEnterpriseGateway")

#: States of clusters that take notebooks.
_READY = ("RUNNING", "WAITING")

#: Seconds before now that a listing begins at; https://docs.aws.amazon.com/emr/latest/APIReference/API_ListNotebookExecutions.html
_LISTED_SECONDS = 30 * 24 * 3600

#: Members of a request that an execution keeps as they are.
_KEPT = (
    *("NotebookExecutionName", "NotebookParams", "NotebookInstanceSecurityGroupId"),
    *("NotebookS3Location", "OutputNotebookS3Location", "OutputNotebookFormat"),
    "EnvironmentVariables",
)

#: Those of all clusters, by their ids, in the order in which they were started.
executions: dict[str, dict[str, Any]] = {}


def arn(identifier: str) -> str:
    """The ARN of an execution."""
    return f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:notebook-execution/{identifier}"


def is_meant(body: bytes) -> bool:
    """Whether a request to tag is about an execution."""
    try:
        identifier = json.loads(body or b"{}").get("ResourceId")
    except (ValueError, AttributeError):
        return False
    return isinstance(identifier, str) and identifier.startswith(PREFIX)


def take_up(saved: dict[str, dict[str, Any]]) -> None:
    """Go on with what was saved, in a new process: what ran has failed."""
    executions.update(saved)
    for record in executions.values():
        if record["Status"] not in emr_notebook_runs.ENDED:
            emr_notebook_runs.end(
                record, "FAILED", "The local cloud was restarted while the notebook ran."
            )


def _invalid(message: str) -> seam.ServiceError:
    return seam.ServiceError("InvalidRequestException", message)


def _known(content: dict[str, Any], member: str = "NotebookExecutionId") -> dict[str, Any]:
    record = executions.get(content[member])
    if record is None:
        raise _invalid(f"Notebook execution id '{content[member]}' is not valid.")
    return record


def _start(content: dict[str, Any]) -> dict[str, Any]:
    cluster = _cluster(content["ExecutionEngine"])
    _require_location(content)
    _require_parameters(content.get("NotebookParams"))
    _require_groups(content, cluster)
    identifier = PREFIX + "".join(
        secrets.choice(string.ascii_uppercase + string.digits) for _ in range(29)
    )
    tags = list(content.get("Tags") or [])
    emr_calls.require_tagging(arn(identifier), tags)
    role = emr_request.service_role_arn(content["ServiceRole"])
    auth.require_pass_role(*emr_calls.request.get(), role, emr_request.PRINCIPAL)
    record = {
        "NotebookExecutionId": identifier,
        "ExecutionEngine": {"Type": "EMR", **content["ExecutionEngine"]},
        **{member: content[member] for member in _KEPT if content.get(member)},
        "Status": "START_PENDING",
        "StartTime": time.time(),
        "Arn": arn(identifier),
        "Tags": tags,
        "_serviceRole": role,
    }
    executions[identifier] = record
    emr_notebook_runs.Execution(cluster, record).start()
    return {"NotebookExecutionId": identifier}


def _cluster(engine: dict[str, Any]) -> dict[str, Any]:
    """The cluster that a notebook is to run on."""
    if engine.get("ExecutionRoleArn"):
        raise _invalid(
            "ExecutionRoleArn is not supported by the local cloud: "
            "a notebook's code has the role of the cluster's nodes"
        )
    cluster = emr_calls.known(engine["Id"])
    state = cluster["Status"]["State"]
    if state not in _READY or cluster["Id"] not in emr_clusters.lives:
        raise _invalid(
            f"Cluster {cluster['Id']} is in the state {state}; "
            f"a notebook execution needs one that is {' or '.join(_READY)}."
        )
    named = {application["Name"] for application in cluster["Applications"]}
    missing = [name for name in _APPLICATIONS if name not in named]
    if missing:
        raise _invalid(
            f"Cluster {cluster['Id']} does not have {', '.join(missing)}: a notebook execution "
            f"needs a cluster with the applications {', '.join(_APPLICATIONS)}."
        )
    masters = sum(instance["_type"] == "MASTER" for instance in cluster["_instances"])
    if masters > 1:
        raise _invalid(
            f"Cluster {cluster['Id']} has {masters} primary nodes; "
            "a notebook execution needs a cluster with one."
        )
    return cluster


def _require_location(content: dict[str, Any]) -> None:
    """Raises seam.ServiceError where it is not said what to run, or where the result goes."""
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
    """Raises seam.ServiceError where a security group is not there, or not where the cluster is.

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


def _describe(content: dict[str, Any]) -> dict[str, Any]:
    return {"NotebookExecution": emr_calls.public(_known(content), "NotebookExecution")}


def _list(content: dict[str, Any]) -> dict[str, Any]:
    """The executions, the newest first."""
    now = time.time()
    after = emr_calls.moment(content.get("From"), now - _LISTED_SECONDS)
    before = emr_calls.moment(content.get("To"), now)
    wanted = {"Status": content.get("Status"), "EditorId": content.get("EditorId")}
    engine = content.get("ExecutionEngineId")
    found = [
        {
            **emr_calls.public(record, "NotebookExecutionSummary"),
            "ExecutionEngineId": record["ExecutionEngine"]["Id"],
        }
        for record in reversed(executions.values())
        if after <= record["StartTime"] <= before
        and all(not value or record.get(member) == value for member, value in wanted.items())
        and (not engine or record["ExecutionEngine"]["Id"] == engine)
    ]
    return emr_calls.page(content, "NotebookExecutions", found)


def _stop(content: dict[str, Any]) -> dict[str, Any]:
    record = _known(content)
    running = emr_notebook_runs.running.get(record["NotebookExecutionId"])
    if running is None or not running.stop():
        raise _invalid(
            f"Notebook execution {record['NotebookExecutionId']} is {record['Status']}, "
            "and cannot be stopped."
        )
    return {}


def _add_tags(content: dict[str, Any]) -> dict[str, Any]:
    record = _known(content, "ResourceId")
    tags = {tag["Key"]: tag for tag in record["Tags"]} | {
        tag["Key"]: tag for tag in content["Tags"]
    }
    record["Tags"] = list(tags.values())
    return {}


def _remove_tags(content: dict[str, Any]) -> dict[str, Any]:
    record = _known(content, "ResourceId")
    record["Tags"] = [tag for tag in record["Tags"] if tag["Key"] not in content["TagKeys"]]
    return {}


OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    # Of executions alone: ministack's own are for clusters.
    "AddTags": _add_tags,
    "DescribeNotebookExecution": _describe,
    "ListNotebookExecutions": _list,
    "RemoveTags": _remove_tags,
    "StartNotebookExecution": _start,
    "StopNotebookExecution": _stop,
}
