"""Namespaces of Redshift Serverless: the databases, and the roles that COPY works as."""

from __future__ import annotations

import uuid
from typing import Any

from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.redshift_data import engine
from local.cloud.services.redshift_serverless import state

#: Who trusts whom: COPY works as a role of the namespace.
PRINCIPAL = "redshift-serverless.amazonaws.com"


def _pass_roles(request: Request) -> None:
    content = request.content
    roles = {*(content.get("iamRoles") or []), content.get("defaultIamRoleArn")} - {None, ""}
    for role in sorted(roles):
        auth.require_pass_role(request.access_key, role, PRINCIPAL)
        try:
            auth.role_named(role)
        except auth.Denied as denied:
            raise ServiceError("ValidationException", str(denied)) from denied
    default = content.get("defaultIamRoleArn")
    if default and default not in (content.get("iamRoles") or []):
        raise ServiceError(
            "ValidationException", f"the default role {default} is not among the roles"
        )


def _create_namespace(request: Request) -> dict[str, Any]:
    content = request.content
    name = content["namespaceName"]
    if name in state.namespaces:
        raise ServiceError("ConflictException", f"Namespace {name} already exists.")
    if content.get("manageAdminPassword") and content.get("adminUserPassword"):
        raise ServiceError(
            "ValidationException", "adminUserPassword cannot be given with manageAdminPassword"
        )
    _pass_roles(request)
    identifier = str(uuid.uuid4())
    entry = {
        "namespaceName": name,
        "namespaceId": identifier,
        "namespaceArn": state.arn_of("namespace", identifier),
        "dbName": content.get("dbName", "dev"),
        "adminUsername": content.get("adminUsername", "admin"),
        "iamRoles": content.get("iamRoles", []),
        "defaultIamRoleArn": content.get("defaultIamRoleArn", ""),
        "kmsKeyId": content.get("kmsKeyId", "AWS_OWNED_KMS_KEY"),
        "logExports": content.get("logExports", []),
        "status": "AVAILABLE",
        "creationDate": state.now(),
    }
    if content.get("manageAdminPassword"):
        # The service makes the password and keeps it in a secret; nobody logs in here.
        entry["adminPasswordSecretArn"] = (
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
            f"redshift!{name}-{entry['adminUsername']}-{identifier[:6]}"
        )
        entry["adminPasswordSecretKmsKeyId"] = content.get("adminPasswordSecretKmsKeyId", "")
    state.namespaces[name] = entry
    state.keep_tags(entry["namespaceArn"], content.get("tags"))
    return {"namespace": _shown(entry)}


def _update_namespace(request: Request) -> dict[str, Any]:
    content = request.content
    entry = state.namespace(content["namespaceName"])
    _require_one_kind(content)
    _pass_roles(request)
    entry.update({key: value for key, value in content.items() if key in _KEPT})
    return {"namespace": _shown(entry)}


#: Members of an update that the namespace tells.
_KEPT = (
    *("adminPasswordSecretKmsKeyId", "adminUsername"),
    *("defaultIamRoleArn", "iamRoles", "kmsKeyId", "logExports"),
)

#: What is changed together; no request has members of two of these.
#: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateNamespace.html
_KINDS = (
    {
        *("adminUsername", "adminUserPassword", "manageAdminPassword"),
        "adminPasswordSecretKmsKeyId",
    },
    {"iamRoles", "defaultIamRoleArn"},
    {"kmsKeyId"},
    {"logExports"},
)


def _require_one_kind(content: dict[str, Any]) -> None:
    given = set(content) - {"namespaceName"}
    if not any(given <= kind for kind in _KINDS):
        raise ServiceError(
            "ValidationException",
            "Amazon Redshift Serverless can't update multiple configurations at the same time for "
            f"namespace {content['namespaceName']}.",
        )


def _delete_namespace(request: Request) -> dict[str, Any]:
    content = request.content
    entry = state.namespace(content["namespaceName"])
    used = [
        w["workgroupName"]
        for w in state.workgroups.values()
        if w["namespaceName"] == entry["namespaceName"]
    ]
    if used:
        raise ServiceError(
            "ConflictException",
            f"Namespace {entry['namespaceName']} is used by workgroup {used[0]}.",
        )
    engine.drop(entry["namespaceId"])
    del state.namespaces[entry["namespaceName"]]
    state.tags.pop(entry["namespaceArn"], None)
    return {"namespace": {**_shown(entry), "status": "DELETING"}}


def _get_namespace(request: Request) -> dict[str, Any]:
    return {"namespace": _shown(state.namespace(request.content["namespaceName"]))}


def _list_namespaces(_request: Request) -> dict[str, Any]:
    return {"namespaces": [_shown(entry) for entry in state.namespaces.values()]}


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    # The service answers each role with how far it has been applied.
    roles = [f"IamRole(applyStatus=in-sync, iamRoleArn={role})" for role in entry["iamRoles"]]
    shown = {key: value for key, value in entry.items() if value is not None}
    return {**shown, "iamRoles": roles}


OPERATIONS = {
    "CreateNamespace": _create_namespace,
    "DeleteNamespace": _delete_namespace,
    "GetNamespace": _get_namespace,
    "ListNamespaces": _list_namespaces,
    "UpdateNamespace": _update_namespace,
}
