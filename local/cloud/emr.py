"""EMR as AWS has it where ministack pretends: clusters live, and their steps run.

https://docs.aws.amazon.com/emr/latest/APIReference/
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import emr

from local.cloud import (
    emr_calls,
    emr_clusters,
    emr_notebook_runs,
    emr_notebooks,
    emr_request,
    emr_steps,
)
from local.cloud.core import auth, seam
from local.cloud.core.settings import Settings

#: Steps that a cluster may have that have not ended; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-work-with-steps.html
ACTIVE_STEPS = 256

#: States of steps that have not ended.
_OPEN = ("PENDING", "RUNNING", "CANCEL_PENDING")

#: The members that name clusters, or executions of notebooks.
_NAMING = ("ClusterId", "JobFlowId", "ResourceId", "NotebookExecutionId", "JobFlowIds")

_security_configurations: dict[str, dict[str, Any]] = {}


def install(settings: Settings) -> None:
    """Put these in the place of ministack's own."""
    plain, plain_get, plain_load = emr.handle_request, emr.get_state, emr.load_persisted_state

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
    ) -> seam.Response:
        emr_calls.request.set((headers, query_params))
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if operation in _PLAIN and not emr_notebooks.is_meant(body):
            return await plain(method, path, headers, body, query_params)
        return await seam.dispatch(OPERATIONS, headers, body)

    def get_state() -> dict[str, Any]:
        return {
            **plain_get(),
            "_notebook_executions": copy.deepcopy(emr_notebooks.executions),
            "_security_configurations": copy.deepcopy(_security_configurations),
        }

    def load_persisted_state(data: dict[str, Any]) -> None:
        plain_load(data)
        _security_configurations.update(data.get("_security_configurations", {}))
        emr_clusters.take_up()
        emr_notebooks.take_up(data.get("_notebook_executions", {}))

    emr.handle_request = handle_request
    emr.get_state = get_state
    emr.load_persisted_state = load_persisted_state
    emr_request.install()
    emr_steps.install(settings)
    emr_notebook_runs.install(settings)
    auth.resources_of("elasticmapreduce", _resource)
    _add_condition_keys()


def _resource(operation: str, content: dict[str, Any]) -> str:
    """The cluster or execution that a call is about; https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticmapreduce.html"""
    if operation in ("RunJobFlow", "ListNotebookExecutions"):
        return "*"
    named = _named(content)
    return _arn(named[0]) if named else "*"


def _arn(identifier: str) -> str:
    if identifier.startswith(emr_notebooks.PREFIX):
        return emr_notebooks.arn(identifier)
    return emr_request.cluster_arn(identifier)


def _named(content: dict[str, Any]) -> list[str]:
    engine = content.get("ExecutionEngine")
    if isinstance(engine, dict) and engine.get("Id"):
        return [engine["Id"]]
    for member in _NAMING:
        value = content.get(member)
        if value:
            return value if isinstance(value, list) else [value]
    return []


def _add_condition_keys() -> None:
    """Give IAM the tags of a resource and of the request, by the service's own keys as well."""
    # Without its model ministack finds no tags in a request.
    iam_actions._BOTOCORE_SERVICE_MAP["elasticmapreduce"] = ["emr"]
    plain = iam_evaluator.enforce

    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        if iam_action.startswith("elasticmapreduce:"):
            service_context = _tag_keys(resource_arn, service_context or {})
        return plain(access_key_id, iam_action, service, region, resource_arn, service_context)

    iam_evaluator.enforce = enforce


def _tag_keys(resource_arn: str, context: dict[str, Any]) -> dict[str, Any]:
    keys = dict(context)
    identifier = resource_arn.rsplit("/", 1)[-1]
    tagged = emr._clusters.get(identifier) or emr_notebooks.executions.get(identifier)
    for tag in tagged["Tags"] if tagged else []:
        for prefix in ("aws", "elasticmapreduce"):
            keys[f"{prefix}:ResourceTag/{tag['Key']}"] = tag.get("Value", "")
    for key, value in context.items():
        if key.lower().startswith("aws:requesttag/"):
            keys[f"elasticmapreduce:RequestTag/{key.split('/', 1)[1]}"] = value
    return keys


def _invalid(message: str) -> seam.ServiceError:
    return seam.ServiceError("ValidationException", message)


def _flows(content: dict[str, Any], action: str) -> list[dict[str, Any]]:
    """The clusters of a call about several; IAM has been asked for the first."""
    found = []
    for number, identifier in enumerate(content["JobFlowIds"]):
        if number:
            emr_calls.require(action, emr_request.cluster_arn(identifier))
        if identifier not in emr._clusters:
            raise _invalid("Specified job flow ID does not exist.")
        found.append(emr._clusters[identifier])
    return found


def _notice(cluster: dict[str, Any]) -> None:
    life = emr_clusters.lives.get(cluster["Id"])
    if life is not None:
        life.notice()


# Clusters.


def _run_job_flow(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr_request.cluster_of(content, _security_configurations)
    emr_calls.require_tagging(cluster["ClusterArn"], cluster["Tags"])
    service_role = emr_request.service_role_arn(cluster["ServiceRole"])
    auth.require_pass_role(*emr_calls.request.get(), service_role, emr_request.PRINCIPAL)
    auth.require_pass_role(*emr_calls.request.get(), cluster["_role"], emr_request.NODE_PRINCIPAL)
    steps = [emr_steps.made(emr._step_id(), step) for step in content.get("Steps") or []]
    emr._clusters[cluster["Id"]] = cluster
    emr._steps[cluster["Id"]] = steps
    emr_clusters.Life(cluster, steps).start()
    return {"JobFlowId": cluster["Id"], "ClusterArn": cluster["ClusterArn"]}


def _describe_cluster(content: dict[str, Any]) -> dict[str, Any]:
    return {"Cluster": emr_calls.public(emr_calls.known(content["ClusterId"]), "Cluster")}


def _list_clusters(content: dict[str, Any]) -> dict[str, Any]:
    states = content.get("ClusterStates") or []
    after = emr_calls.moment(content.get("CreatedAfter"), 0)
    before = emr_calls.moment(content.get("CreatedBefore"), float("inf"))
    found = [
        cluster
        for cluster in emr._clusters.values()
        if (not states or cluster["Status"]["State"] in states)
        and after <= _created(cluster) <= before
    ]
    found.sort(key=_created, reverse=True)
    return emr_calls.page(
        content, "Clusters", (emr_calls.public(cluster, "ClusterSummary") for cluster in found)
    )


def _created(cluster: dict[str, Any]) -> float:
    return cluster["Status"]["Timeline"]["CreationDateTime"]


def _terminate(content: dict[str, Any]) -> dict[str, Any]:
    """End clusters; those that have ended stay as they are, and protected ones go on."""
    flows = _flows(content, "TerminateJobFlows")
    for cluster in flows:
        life = emr_clusters.lives.get(cluster["Id"])
        if life is not None and not cluster["TerminationProtected"]:
            life.end("USER_REQUEST", "Terminated by user request")
    if any(c["TerminationProtected"] and c["Id"] in emr_clusters.lives for c in flows):
        raise _invalid(
            "Could not shut down one or more job flows since they are termination protected."
        )
    return {}


def _modify_cluster(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr_calls.known(content["ClusterId"])
    level = content.get("StepConcurrencyLevel")
    if level is not None:
        _require_active(cluster)
        emr_request.require_concurrency(level)
        cluster["StepConcurrencyLevel"] = level
        _notice(cluster)
    return {"StepConcurrencyLevel": cluster["StepConcurrencyLevel"]}


def _setting(action: str, given: str, kept: str, negated: bool = False) -> Callable:
    """An operation that sets a yes or no of clusters."""

    def change(content: dict[str, Any]) -> dict[str, Any]:
        for cluster in _flows(content, action):
            cluster[kept] = content[given] is not negated
            _notice(cluster)
        return {}

    return change


def _require_active(cluster: dict[str, Any]) -> None:
    if cluster["Status"]["State"] not in emr_clusters.ACTIVE:
        raise _invalid(
            "A job flow that is shutting down, terminated, or finished may not be modified."
        )


def _put_auto_termination(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr_calls.known(content["ClusterId"])
    _require_active(cluster)
    policy = content.get("AutoTerminationPolicy") or {}
    emr_request.require_idle_timeout(policy)
    cluster["_idleTimeout"] = policy["IdleTimeout"]
    _notice(cluster)
    return {}


def _get_auto_termination(content: dict[str, Any]) -> dict[str, Any]:
    seconds = emr_calls.known(content["ClusterId"])["_idleTimeout"]
    return {"AutoTerminationPolicy": {"IdleTimeout": seconds}} if seconds else {}


def _remove_auto_termination(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr_calls.known(content["ClusterId"])
    cluster["_idleTimeout"] = None
    _notice(cluster)
    return {}


def _list_instances(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr_calls.known(content["ClusterId"])
    state = {
        "STARTING": "PROVISIONING",
        "BOOTSTRAPPING": "BOOTSTRAPPING",
        "TERMINATED": "TERMINATED",
        "TERMINATED_WITH_ERRORS": "TERMINATED",
    }.get(cluster["Status"]["State"], "RUNNING")
    kinds = content.get("InstanceGroupTypes") or [content.get("InstanceFleetType")]
    group = content.get("InstanceGroupId") or content.get("InstanceFleetId")
    states = content.get("InstanceStates") or [state]
    listed = [
        {
            **emr_calls.public(instance, "Instance"),
            "Status": {
                "State": state,
                "StateChangeReason": {},
                "Timeline": dict(cluster["Status"]["Timeline"]),
            },
        }
        for instance in cluster["_instances"]
        if (kinds == [None] or instance["_type"] in kinds)
        and group in (None, instance.get("InstanceGroupId"), instance.get("InstanceFleetId"))
        and state in states
    ]
    return emr_calls.page(content, "Instances", listed)


# Steps.


def _add_steps(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr._clusters.get(content["JobFlowId"])
    if cluster is None:
        raise _invalid("Specified job flow ID does not exist.")
    _require_active(cluster)
    if content.get("ExecutionRoleArn"):
        raise _invalid(
            "ExecutionRoleArn is not supported by the local cloud: steps have the nodes' role"
        )
    emr_request.require_steps(content["Steps"], cluster["StepConcurrencyLevel"])
    steps = emr._steps[cluster["Id"]]
    active = sum(step["Status"]["State"] in _OPEN for step in steps)
    if active + len(content["Steps"]) > ACTIVE_STEPS:
        raise _invalid(f"Maximum number of active steps({ACTIVE_STEPS}) for cluster exceeded.")
    added = [emr_steps.made(emr._step_id(), step) for step in content["Steps"]]
    steps.extend(added)
    _notice(cluster)
    return {"StepIds": [step["Id"] for step in added]}


def _describe_step(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr_calls.known(content["ClusterId"])
    for step in emr._steps[cluster["Id"]]:
        if step["Id"] == content["StepId"]:
            return {"Step": step}
    raise seam.ServiceError(
        "InvalidRequestException", f"Step id '{content['StepId']}' is not valid."
    )


def _list_steps(content: dict[str, Any]) -> dict[str, Any]:
    """The steps, the newest first."""
    cluster = emr_calls.known(content["ClusterId"])
    states, named = content.get("StepStates") or [], content.get("StepIds") or []
    steps = [
        step
        for step in reversed(emr._steps[cluster["Id"]])
        if (not states or step["Status"]["State"] in states) and (not named or step["Id"] in named)
    ]
    return emr_calls.page(content, "Steps", steps)


def _cancel_steps(content: dict[str, Any]) -> dict[str, Any]:
    cluster = emr_calls.known(content["ClusterId"])
    option = content.get("StepCancellationOption", "SEND_INTERRUPT")
    steps = {step["Id"]: step for step in emr._steps[cluster["Id"]]}
    life = emr_clusters.lives.get(cluster["Id"])
    answers = []
    for identifier in content["StepIds"]:
        step = steps.get(identifier)
        state = step["Status"]["State"] if step else None
        running = life.running(identifier) if life else None
        answer = {"StepId": identifier, "Status": "SUBMITTED", "Reason": ""}
        if state == "PENDING":
            emr_steps.end(step, "CANCELLED", "Cancelled by user")
        elif running is not None and state in ("RUNNING", "CANCEL_PENDING"):
            running.cancel(option)
        else:
            why = "does not exist" if step is None else f"is {state}, and cannot be cancelled"
            answer = {"StepId": identifier, "Status": "FAILED", "Reason": f"Step {why}."}
        answers.append(answer)
    _notice(cluster)
    return {"CancelStepsInfoList": answers}


# Security configurations.


def _create_security(content: dict[str, Any]) -> dict[str, Any]:
    name = content["Name"]
    if name in _security_configurations:
        raise seam.ServiceError(
            "InvalidRequestException", f"Security configuration with name '{name}' already exists."
        )
    try:
        given = json.loads(content["SecurityConfiguration"])
    except ValueError as error:
        raise seam.ServiceError(
            "InvalidRequestException", f"The security configuration is no JSON: {error}"
        ) from error
    if not isinstance(given, dict) or not given:
        raise seam.ServiceError(
            "InvalidRequestException", "The security configuration must be a JSON object"
        )
    entry = {
        "Name": name,
        "SecurityConfiguration": content["SecurityConfiguration"],
        "CreationDateTime": time.time(),
    }
    _security_configurations[name] = entry
    return {"Name": name, "CreationDateTime": entry["CreationDateTime"]}


def _known_security(content: dict[str, Any]) -> dict[str, Any]:
    entry = _security_configurations.get(content["Name"])
    if entry is None:
        raise seam.ServiceError(
            "InvalidRequestException",
            f"Security configuration with name '{content['Name']}' does not exist.",
        )
    return entry


def _delete_security(content: dict[str, Any]) -> dict[str, Any]:
    del _security_configurations[_known_security(content)["Name"]]
    return {}


def _list_security(content: dict[str, Any]) -> dict[str, Any]:
    listed = (
        {member: entry[member] for member in ("Name", "CreationDateTime")}
        for _, entry in sorted(_security_configurations.items())
    )
    return emr_calls.page(content, "SecurityConfigurations", listed)


OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "AddJobFlowSteps": _add_steps,
    "CancelSteps": _cancel_steps,
    "CreateSecurityConfiguration": _create_security,
    "DeleteSecurityConfiguration": _delete_security,
    "DescribeCluster": _describe_cluster,
    "DescribeSecurityConfiguration": _known_security,
    "DescribeStep": _describe_step,
    "GetAutoTerminationPolicy": _get_auto_termination,
    "ListClusters": _list_clusters,
    "ListInstances": _list_instances,
    "ListSecurityConfigurations": _list_security,
    "ListSteps": _list_steps,
    "ModifyCluster": _modify_cluster,
    "PutAutoTerminationPolicy": _put_auto_termination,
    "RemoveAutoTerminationPolicy": _remove_auto_termination,
    "RunJobFlow": _run_job_flow,
    "SetKeepJobFlowAliveWhenNoSteps": _setting(
        "SetKeepJobFlowAliveWhenNoSteps", "KeepJobFlowAliveWhenNoSteps", "AutoTerminate", True
    ),
    "SetTerminationProtection": _setting(
        "SetTerminationProtection", "TerminationProtected", "TerminationProtected"
    ),
    "SetVisibleToAllUsers": _setting(
        "SetVisibleToAllUsers", "VisibleToAllUsers", "VisibleToAllUsers"
    ),
    "TerminateJobFlows": _terminate,
    **emr_notebooks.OPERATIONS,
}

#: Operations that ministack serves well; any other would be pretended.
_PLAIN = (
    *("AddTags", "RemoveTags", "ListBootstrapActions", "ListInstanceFleets", "ListInstanceGroups"),
    *("GetBlockPublicAccessConfiguration", "PutBlockPublicAccessConfiguration"),
)
