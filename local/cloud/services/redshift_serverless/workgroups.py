"""Workgroups of Redshift Serverless: capacity, network and parameters."""

from __future__ import annotations

import uuid
from typing import Any

from ministack.services import ec2

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.redshift_serverless import state

#: Parameters of a new workgroup. The service answers them all, whichever were given:
#: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateWorkgroup.html
DEFAULT_PARAMETERS = {
    "auto_mv": "true",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "false",
    "enable_user_activity_logging": "true",
    "max_query_execution_time": "14400",
    "query_group": "default",
    "require_ssl": "true",
    "search_path": "$user, public",
    "use_fips_ssl": "false",
}


def _create_workgroup(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["workgroupName"]
    if name in state.workgroups:
        raise ServiceError("ConflictException", f"Workgroup {name} already exists.")
    namespace = state.namespace(content["namespaceName"])
    if any(w["namespaceName"] == namespace["namespaceName"] for w in state.workgroups.values()):
        raise ServiceError(
            "ConflictException",
            f"Namespace {namespace['namespaceName']} has a workgroup already.",
        )
    _require_network(content)
    parameters = _parameters(content, DEFAULT_PARAMETERS)
    if parameters["require_ssl"] != "true":
        raise ServiceError(
            "ValidationException",
            "You can't disable require_ssl while the workgroup is being created. "
            "To disable require_ssl, update the workgroup after creation.",
        )
    identifier = str(uuid.uuid4())
    entry = {
        "workgroupName": name,
        "workgroupId": identifier,
        "workgroupArn": state.arn_of("workgroup", identifier),
        "namespaceName": namespace["namespaceName"],
        "baseCapacity": content.get("baseCapacity", 128),
        "maxCapacity": content.get("maxCapacity"),
        "configParameters": parameters,
        "enhancedVpcRouting": content.get("enhancedVpcRouting", False),
        "publiclyAccessible": content.get("publiclyAccessible", False),
        "securityGroupIds": content.get("securityGroupIds", []),
        "subnetIds": content.get("subnetIds", []),
        "endpoint": {
            "address": f"{name}.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com",
            "port": 5439,
        },
        "status": "AVAILABLE",
        "creationDate": state.now(),
    }
    state.workgroups[name] = entry
    state.keep_tags(entry["workgroupArn"], content.get("tags"))
    return {"workgroup": _shown(entry)}


def _update_workgroup(request: Request) -> dict[str, Any]:
    content = request.content
    entry = state.workgroup(content["workgroupName"])
    given = sorted(set(content) - {"workgroupName"})
    if len(given) > 1:
        # https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateWorkgroup.html
        raise ServiceError(
            "ValidationException", f"You can't update {', '.join(given)} in the same request."
        )
    _require_network({**entry, **content})
    if "configParameters" in content:
        parameters = _parameters(content, entry["configParameters"])
        if parameters == entry["configParameters"]:
            raise ServiceError(
                "ValidationException",
                "You didn't specify any changes to the configuration parameters.",
            )
        entry["configParameters"] = parameters
    for member in (
        "baseCapacity",
        "maxCapacity",
        "enhancedVpcRouting",
        "publiclyAccessible",
        "securityGroupIds",
        "subnetIds",
    ):
        if member in content:
            entry[member] = content[member]
    return {"workgroup": _shown(entry)}


def _delete_workgroup(request: Request) -> dict[str, Any]:
    content = request.content
    entry = state.workgroup(content["workgroupName"])
    del state.workgroups[entry["workgroupName"]]
    state.tags.pop(entry["workgroupArn"], None)
    return {"workgroup": {**_shown(entry), "status": "DELETING"}}


def _get_workgroup(request: Request) -> dict[str, Any]:
    return {"workgroup": _shown(state.workgroup(request.content["workgroupName"]))}


def _list_workgroups(_request: Request) -> dict[str, Any]:
    return {"workgroups": [_shown(entry) for entry in state.workgroups.values()]}


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"parameterKey": key, "parameterValue": value}
        for key, value in entry["configParameters"].items()
    ]
    shown = {key: value for key, value in entry.items() if value is not None}
    return {**shown, "configParameters": parameters}


def _parameters(content: dict[str, Any], others: dict[str, str]) -> dict[str, str]:
    """The parameters of a request, and others where it gives none."""
    given = {p["parameterKey"]: p["parameterValue"] for p in content.get("configParameters") or []}
    unknown = sorted(
        key for key in given if key not in DEFAULT_PARAMETERS and not _is_query_metric(key)
    )
    if unknown:
        raise ServiceError("ValidationException", f"there is no parameter {unknown[0]}")
    return {**others, **given}


def _is_query_metric(key: str) -> bool:
    # https://docs.aws.amazon.com/redshift/latest/dg/cm-c-wlm-query-monitoring-rules.html
    return key.startswith("max_")


def _require_network(content: dict[str, Any]) -> None:
    """Look at subnets and groups.

    Subnets in two zones at least, in three with enhanced VPC routing:
    https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html
    """
    subnets = content.get("subnetIds") or []
    zones = set()
    for identifier in subnets:
        subnet = ec2._subnets.get(identifier)
        if subnet is None:
            raise ServiceError("ValidationException", f"there is no subnet {identifier}")
        zones.add(subnet["AvailabilityZone"])
    wanted = 3 if content.get("enhancedVpcRouting") else 2
    if subnets and len(zones) < wanted:
        raise ServiceError(
            "ValidationException",
            f"the subnets are in {len(zones)} availability zones ({', '.join(sorted(zones))}); "
            f"a workgroup needs {wanted}",
        )
    for identifier in content.get("securityGroupIds") or []:
        if ec2._security_groups.get(identifier) is None:
            raise ServiceError("ValidationException", f"there is no security group {identifier}")


OPERATIONS = {
    "CreateWorkgroup": _create_workgroup,
    "DeleteWorkgroup": _delete_workgroup,
    "GetWorkgroup": _get_workgroup,
    "ListWorkgroups": _list_workgroups,
    "UpdateWorkgroup": _update_workgroup,
}
