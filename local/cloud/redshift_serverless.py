"""Redshift Serverless: namespaces and workgroups, the control plane; `redshift_data` runs SQL.

https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import copy
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

from ministack.services import ec2

from local.cloud.core import auth, seam
from local.cloud.core.settings import ACCOUNT, REGION

_namespaces: dict[str, dict[str, Any]] = {}
_workgroups: dict[str, dict[str, Any]] = {}
_tags: dict[str, dict[str, str]] = {}

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

#: Who trusts whom: COPY works as a role of the namespace.
SERVICE = "redshift-serverless.amazonaws.com"


def install() -> None:
    """Add the service to ministack."""
    seam.add_json_service(
        "redshift-serverless",
        "RedshiftServerless.",
        "redshift-serverless",
        sys.modules[__name__],
        "redshift_serverless",
    )
    auth.resources_of("redshift-serverless", _resource)


def get_state() -> dict[str, Any]:
    """What is saved."""
    return copy.deepcopy({"namespaces": _namespaces, "workgroups": _workgroups, "tags": _tags})


def load_persisted_state(data: dict[str, Any]) -> None:
    """Take up what was saved."""
    _namespaces.update(data.get("namespaces", {}))
    _workgroups.update(data.get("workgroups", {}))
    _tags.update(data.get("tags", {}))


def reset() -> None:
    """Forget everything."""
    for store in (_namespaces, _workgroups, _tags):
        store.clear()


def _now() -> str:
    # The model's timestamps are ISO 8601 here, not seconds.
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _arn(kind: str, identifier: str) -> str:
    return f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:{kind}/{identifier}"


def _resource(_operation: str, content: dict[str, Any]) -> str:
    if "resourceArn" in content:
        return str(content["resourceArn"])
    for kind, store, member in (
        ("workgroup", _workgroups, "workgroupName"),
        ("namespace", _namespaces, "namespaceName"),
    ):
        if member in content:
            entry = store.get(content[member])
            return entry[f"{kind}Arn"] if entry else _arn(kind, "*")
    return "*"


def namespace_of(workgroup_name: str) -> dict[str, Any]:
    """The namespace behind a workgroup.

    Raises:
        seam.ServiceError: where there is no such workgroup.
    """
    workgroup = _workgroup(workgroup_name)
    return _namespace(workgroup["namespaceName"])


def _namespace(name: str) -> dict[str, Any]:
    if name not in _namespaces:
        raise seam.ServiceError("ResourceNotFoundException", f"Namespace {name} not found.")
    return _namespaces[name]


def _workgroup(name: str) -> dict[str, Any]:
    if name not in _workgroups:
        raise seam.ServiceError("ResourceNotFoundException", f"Workgroup {name} not found.")
    return _workgroups[name]


def _keep_tags(arn: str, tags: list[dict[str, str]] | None) -> None:
    _tags.setdefault(arn, {}).update({tag["key"]: tag["value"] for tag in tags or []})


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
) -> seam.Response:
    """Serve one call."""

    def pass_roles(content: dict[str, Any]) -> None:
        roles = {*(content.get("iamRoles") or []), content.get("defaultIamRoleArn")} - {None, ""}
        for role in sorted(roles):
            auth.require_pass_role(headers, query_params, role, SERVICE)
            try:
                auth.role_named(role)
            except auth.Denied as denied:
                raise seam.ServiceError("ValidationException", str(denied)) from denied
        default = content.get("defaultIamRoleArn")
        if default and default not in (content.get("iamRoles") or []):
            raise seam.ServiceError(
                "ValidationException", f"the default role {default} is not among the roles"
            )

    def create_namespace(content: dict[str, Any]) -> dict[str, Any]:
        name = content["namespaceName"]
        if name in _namespaces:
            raise seam.ServiceError("ConflictException", f"Namespace {name} already exists.")
        if content.get("manageAdminPassword") and content.get("adminUserPassword"):
            raise seam.ServiceError(
                "ValidationException", "adminUserPassword cannot be given with manageAdminPassword"
            )
        pass_roles(content)
        identifier = str(uuid.uuid4())
        entry = {
            "namespaceName": name,
            "namespaceId": identifier,
            "namespaceArn": _arn("namespace", identifier),
            "dbName": content.get("dbName", "dev"),
            "adminUsername": content.get("adminUsername", "admin"),
            "iamRoles": content.get("iamRoles", []),
            "defaultIamRoleArn": content.get("defaultIamRoleArn", ""),
            "kmsKeyId": content.get("kmsKeyId", "AWS_OWNED_KMS_KEY"),
            "logExports": content.get("logExports", []),
            "status": "AVAILABLE",
            "creationDate": _now(),
        }
        if content.get("manageAdminPassword"):
            # The service makes the password and keeps it in a secret; nobody logs in here.
            entry["adminPasswordSecretArn"] = (
                f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
                f"redshift!{name}-{entry['adminUsername']}-{identifier[:6]}"
            )
            entry["adminPasswordSecretKmsKeyId"] = content.get("adminPasswordSecretKmsKeyId", "")
        _namespaces[name] = entry
        _keep_tags(entry["namespaceArn"], content.get("tags"))
        return {"namespace": _shown_namespace(entry)}

    def update_namespace(content: dict[str, Any]) -> dict[str, Any]:
        entry = _namespace(content["namespaceName"])
        pass_roles(content)
        for member in ("iamRoles", "defaultIamRoleArn", "logExports", "kmsKeyId", "adminUsername"):
            if member in content:
                entry[member] = content[member]
        return {"namespace": _shown_namespace(entry)}

    def delete_namespace(content: dict[str, Any]) -> dict[str, Any]:
        entry = _namespace(content["namespaceName"])
        used = [
            w["workgroupName"]
            for w in _workgroups.values()
            if w["namespaceName"] == entry["namespaceName"]
        ]
        if used:
            raise seam.ServiceError(
                "ConflictException",
                f"Namespace {entry['namespaceName']} is used by workgroup {used[0]}.",
            )
        from local.cloud import redshift_data

        redshift_data.drop(entry["namespaceId"])
        del _namespaces[entry["namespaceName"]]
        _tags.pop(entry["namespaceArn"], None)
        return {"namespace": {**_shown_namespace(entry), "status": "DELETING"}}

    def create_workgroup(content: dict[str, Any]) -> dict[str, Any]:
        name = content["workgroupName"]
        if name in _workgroups:
            raise seam.ServiceError("ConflictException", f"Workgroup {name} already exists.")
        namespace = _namespace(content["namespaceName"])
        if any(w["namespaceName"] == namespace["namespaceName"] for w in _workgroups.values()):
            raise seam.ServiceError(
                "ConflictException",
                f"Namespace {namespace['namespaceName']} has a workgroup already.",
            )
        _require_network(content)
        parameters = _parameters(content, DEFAULT_PARAMETERS)
        if parameters["require_ssl"] != "true":
            raise seam.ServiceError(
                "ValidationException",
                "You can't disable require_ssl while the workgroup is being created. "
                "To disable require_ssl, update the workgroup after creation.",
            )
        identifier = str(uuid.uuid4())
        entry = {
            "workgroupName": name,
            "workgroupId": identifier,
            "workgroupArn": _arn("workgroup", identifier),
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
            "creationDate": _now(),
        }
        _workgroups[name] = entry
        _keep_tags(entry["workgroupArn"], content.get("tags"))
        return {"workgroup": _shown_workgroup(entry)}

    def update_workgroup(content: dict[str, Any]) -> dict[str, Any]:
        entry = _workgroup(content["workgroupName"])
        _require_network({**entry, **content})
        if "configParameters" in content:
            parameters = _parameters(content, entry["configParameters"])
            if parameters == entry["configParameters"]:
                raise seam.ServiceError(
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
        return {"workgroup": _shown_workgroup(entry)}

    def delete_workgroup(content: dict[str, Any]) -> dict[str, Any]:
        entry = _workgroup(content["workgroupName"])
        del _workgroups[entry["workgroupName"]]
        _tags.pop(entry["workgroupArn"], None)
        return {"workgroup": {**_shown_workgroup(entry), "status": "DELETING"}}

    return await seam.dispatch(
        {
            "CreateNamespace": create_namespace,
            "GetNamespace": lambda c: {
                "namespace": _shown_namespace(_namespace(c["namespaceName"]))
            },
            "ListNamespaces": lambda _: {
                "namespaces": [_shown_namespace(n) for n in _namespaces.values()]
            },
            "UpdateNamespace": update_namespace,
            "DeleteNamespace": delete_namespace,
            "CreateWorkgroup": create_workgroup,
            "GetWorkgroup": lambda c: {
                "workgroup": _shown_workgroup(_workgroup(c["workgroupName"]))
            },
            "ListWorkgroups": lambda _: {
                "workgroups": [_shown_workgroup(w) for w in _workgroups.values()]
            },
            "UpdateWorkgroup": update_workgroup,
            "DeleteWorkgroup": delete_workgroup,
            "ListTagsForResource": lambda c: {
                "tags": [{"key": k, "value": v} for k, v in _tags.get(c["resourceArn"], {}).items()]
            },
            "TagResource": _tag,
            "UntagResource": _untag,
        },
        headers,
        body,
    )


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None}


def _shown_namespace(entry: dict[str, Any]) -> dict[str, Any]:
    # The service answers each role with how far it has been applied.
    roles = [f"IamRole(applyStatus=in-sync, iamRoleArn={role})" for role in entry["iamRoles"]]
    return {**_shown(entry), "iamRoles": roles}


def _shown_workgroup(entry: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"parameterKey": key, "parameterValue": value}
        for key, value in entry["configParameters"].items()
    ]
    return {**_shown(entry), "configParameters": parameters}


def _parameters(content: dict[str, Any], others: dict[str, str]) -> dict[str, str]:
    """The parameters of a request, and others where it gives none."""
    given = {p["parameterKey"]: p["parameterValue"] for p in content.get("configParameters") or []}
    unknown = sorted(
        key for key in given if key not in DEFAULT_PARAMETERS and not _is_query_metric(key)
    )
    if unknown:
        raise seam.ServiceError("ValidationException", f"there is no parameter {unknown[0]}")
    return {**others, **given}


def _is_query_metric(key: str) -> bool:
    # https://docs.aws.amazon.com/redshift/latest/dg/cm-c-wlm-query-monitoring-rules.html
    return key.startswith("max_")


def _tag(content: dict[str, Any]) -> dict[str, Any]:
    _keep_tags(content["resourceArn"], content["tags"])
    return {}


def _untag(content: dict[str, Any]) -> dict[str, Any]:
    for key in content["tagKeys"]:
        _tags.get(content["resourceArn"], {}).pop(key, None)
    return {}


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
            raise seam.ServiceError("ValidationException", f"there is no subnet {identifier}")
        zones.add(subnet["AvailabilityZone"])
    wanted = 3 if content.get("enhancedVpcRouting") else 2
    if subnets and len(zones) < wanted:
        raise seam.ServiceError(
            "ValidationException",
            f"the subnets are in {len(zones)} availability zones ({', '.join(sorted(zones))}); "
            f"a workgroup needs {wanted}",
        )
    for identifier in content.get("securityGroupIds") or []:
        if ec2._security_groups.get(identifier) is None:
            raise seam.ServiceError(
                "ValidationException", f"there is no security group {identifier}"
            )
