"""Requests about clusters."""

from __future__ import annotations

from typing import Any

from ministack.services import emr

from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.services.emr import calls
from local.cloud.services.emr import state as kept
from local.cloud.services.emr.clusters import engine, launch, rights, state
from local.cloud.services.emr.steps import state as steps


def _run_job_flow(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = launch.cluster_of(content, kept.security_configurations)
    calls.require_tagging(request, cluster["ClusterArn"], cluster["Tags"])
    if content.get("AutoTerminationPolicy"):
        calls.require(request, "PutAutoTerminationPolicy", cluster["ClusterArn"])
    service_role = rights.service_role_arn(cluster["ServiceRole"])
    auth.require_pass_role(request.access_key, service_role, rights.PRINCIPAL)
    auth.require_pass_role(request.access_key, cluster["_role"], rights.NODE_PRINCIPAL)
    added = [steps.made(calls.identifier("s-"), step) for step in content.get("Steps") or []]
    emr._clusters[cluster["Id"]] = cluster
    emr._steps[cluster["Id"]] = added
    engine.Life(cluster, added).start()
    return {"JobFlowId": cluster["Id"], "ClusterArn": cluster["ClusterArn"]}


def _describe(request: Request) -> dict[str, Any]:
    cluster = calls.known(request.content["ClusterId"])
    return {"Cluster": calls.public(cluster, "Cluster")}


def _list(request: Request) -> dict[str, Any]:
    content = request.content
    states = content.get("ClusterStates") or []
    after = calls.moment(content.get("CreatedAfter"), 0)
    before = calls.moment(content.get("CreatedBefore"), float("inf"))
    found = [
        cluster
        for cluster in emr._clusters.values()
        if (not states or cluster["Status"]["State"] in states)
        and after <= _created(cluster) <= before
    ]
    found.sort(key=_created, reverse=True)
    return calls.page(
        content, "Clusters", (calls.public(cluster, "ClusterSummary") for cluster in found)
    )


def _created(cluster: dict[str, Any]) -> float:
    return cluster["Status"]["Timeline"]["CreationDateTime"]


def _terminate(request: Request) -> dict[str, Any]:
    """End clusters; those that have ended stay as they are, and protected ones go on."""
    flows = _flows(request, "TerminateJobFlows")
    for cluster in flows:
        life = engine.lives.get(cluster["Id"])
        if life is not None and not cluster["TerminationProtected"]:
            life.end("USER_REQUEST", "Terminated by user request")
    if any(c["TerminationProtected"] and c["Id"] in engine.lives for c in flows):
        raise _invalid(
            "Could not shut down one or more job flows since they are termination protected."
        )
    return {}


def _modify_cluster(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = calls.known(content["ClusterId"])
    level = content.get("StepConcurrencyLevel")
    if level is not None:
        state.require_active(cluster)
        launch.require_concurrency(level)
        cluster["StepConcurrencyLevel"] = level
        engine.notice(cluster)
    return {"StepConcurrencyLevel": cluster["StepConcurrencyLevel"]}


def _setting(action: str, given: str, member: str, negated: bool = False) -> Operation:
    """An operation that sets a yes or no of clusters."""

    def change(request: Request) -> dict[str, Any]:
        for cluster in _flows(request, action):
            cluster[member] = request.content[given] is not negated
            engine.notice(cluster)
        return {}

    return change


def _put_auto_termination(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = calls.known(content["ClusterId"])
    state.require_active(cluster)
    policy = content.get("AutoTerminationPolicy") or {}
    launch.require_idle_timeout(policy)
    cluster["_idleTimeout"] = policy["IdleTimeout"]
    engine.notice(cluster)
    return {}


def _get_auto_termination(request: Request) -> dict[str, Any]:
    seconds = calls.known(request.content["ClusterId"])["_idleTimeout"]
    return {"AutoTerminationPolicy": {"IdleTimeout": seconds}} if seconds else {}


def _remove_auto_termination(request: Request) -> dict[str, Any]:
    cluster = calls.known(request.content["ClusterId"])
    cluster["_idleTimeout"] = None
    engine.notice(cluster)
    return {}


def _list_groups(request: Request) -> dict[str, Any]:
    cluster = calls.known(request.content["ClusterId"])
    _require_collection(cluster, "InstanceGroups", "ListInstanceGroups operation does")
    return calls.page(request.content, "InstanceGroups", cluster["InstanceGroups"])


def _list_fleets(request: Request) -> dict[str, Any]:
    cluster = calls.known(request.content["ClusterId"])
    _require_collection(cluster, "InstanceFleets", "ListInstanceFleets operation does")
    return calls.page(request.content, "InstanceFleets", cluster["InstanceFleets"])


#: What a cluster is made of, by the member that has it: how EMR names it.
_COLLECTIONS = {"InstanceGroups": "instance groups", "InstanceFleets": "instance fleets"}


def _require_collection(cluster: dict[str, Any], member: str, asking: str) -> None:
    """Raises ServiceError, in EMR's words, where a cluster has groups and fleets are asked for."""
    (other,) = _COLLECTIONS.keys() - {member}
    if not cluster[other]:
        return
    has = _COLLECTIONS[other]
    raise ServiceError(
        "InvalidRequestException",
        "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in "
        f"the request uses {has}. The {asking} not support clusters that use {has}. "
        f"Use the List{other} operation instead.",
    )


def _list_instances(request: Request) -> dict[str, Any]:
    content = request.content
    cluster = calls.known(content["ClusterId"])
    for member, asked in (
        ("InstanceGroups", ("InstanceGroupId", "InstanceGroupTypes")),
        ("InstanceFleets", ("InstanceFleetId", "InstanceFleetType")),
    ):
        for parameter in asked:
            if content.get(parameter):
                _require_collection(cluster, member, f"{parameter} parameter does")
    at = {
        "STARTING": "PROVISIONING",
        "BOOTSTRAPPING": "BOOTSTRAPPING",
        "TERMINATED": "TERMINATED",
        "TERMINATED_WITH_ERRORS": "TERMINATED",
    }.get(cluster["Status"]["State"], "RUNNING")
    kinds = content.get("InstanceGroupTypes") or [content.get("InstanceFleetType")]
    group = content.get("InstanceGroupId") or content.get("InstanceFleetId")
    states = content.get("InstanceStates") or [at]
    listed = [
        {
            **calls.public(instance, "Instance"),
            "Status": {
                "State": at,
                "StateChangeReason": {},
                "Timeline": dict(cluster["Status"]["Timeline"]),
            },
        }
        for instance in cluster["_instances"]
        if (kinds == [None] or instance["_type"] in kinds)
        and group in (None, instance.get("InstanceGroupId"), instance.get("InstanceFleetId"))
        and at in states
    ]
    return calls.page(content, "Instances", listed)


def _flows(request: Request, action: str) -> list[dict[str, Any]]:
    """The clusters of a call about several; IAM has been asked for the first."""
    found = []
    for number, identifier in enumerate(request.content["JobFlowIds"]):
        if number:
            calls.require(request, action, rights.cluster_arn(identifier))
        if identifier not in emr._clusters:
            raise _invalid("Specified job flow ID does not exist.")
        found.append(emr._clusters[identifier])
    return found


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


OPERATIONS: dict[str, Operation] = {
    "DescribeCluster": _describe,
    "GetAutoTerminationPolicy": _get_auto_termination,
    "ListClusters": _list,
    "ListInstanceFleets": _list_fleets,
    "ListInstanceGroups": _list_groups,
    "ListInstances": _list_instances,
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
}
