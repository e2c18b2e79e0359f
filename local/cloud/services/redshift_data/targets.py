"""What a request of the Data API is for, and as whom it logs in there.

https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
"""

from __future__ import annotations

from typing import Any

from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.redshift import logins
from local.cloud.services.redshift import state as clusters
from local.cloud.services.redshift_data import callers
from local.cloud.services.redshift_data.warehouse import Warehouse
from local.cloud.services.redshift_serverless import state as serverless

#: Members that say what a statement runs on, and as whom.
MEMBERS = ("WorkgroupName", "ClusterIdentifier", "SecretArn", "DbUser")


def named(content: dict[str, Any]) -> dict[str, str]:
    """What a request says of where it runs, and as whom."""
    return {member: content[member] for member in MEMBERS if content.get(member)}


#: States of a cluster in which it answers.
_ANSWERING = ("available", "modifying", "resizing")

_UNKNOWN = "Redshift endpoint doesn't exist in this region."


def warehouse(content: dict[str, Any]) -> Warehouse:
    """The warehouse that a request or a session names.

    Raises:
        ServiceError: where it names none, or there is no such one.
    """
    given = [m for m in MEMBERS[:2] if content.get(m)]
    if len(given) != 1:
        raise ServiceError(
            "ValidationException", "Give exactly one of ClusterIdentifier and WorkgroupName."
        )
    if given == ["ClusterIdentifier"]:
        return _of_cluster(content["ClusterIdentifier"])
    if content.get("DbUser"):
        raise ServiceError("ValidationException", "DbUser is of a cluster, not of a workgroup.")
    try:
        namespace = serverless.namespace_of(content["WorkgroupName"])
    except ServiceError as error:
        raise ServiceError("ValidationException", _UNKNOWN) from error
    return Warehouse(
        id=namespace["namespaceId"],
        kind="namespace",
        arn=namespace["namespaceArn"],
        database=namespace["dbName"],
        administrator=namespace["adminUsername"],
        roles=tuple(namespace["iamRoles"]),
        default_role=namespace.get("defaultIamRoleArn") or "",
        principals=("redshift-serverless.amazonaws.com", "redshift.amazonaws.com"),
    )


def _of_cluster(identifier: str) -> Warehouse:
    clusters.settle()
    cluster = clusters.clusters.get(identifier)
    if cluster is None or cluster["ClusterStatus"] in ("creating", "deleting", "final-snapshot"):
        raise ServiceError("ValidationException", _UNKNOWN)
    if cluster["ClusterStatus"] not in _ANSWERING:
        raise ServiceError(
            "ValidationException",
            f"The cluster {identifier} is {cluster['ClusterStatus']}: it must be available.",
        )
    return Warehouse(
        id=clusters.namespace_id(cluster),
        kind="cluster",
        arn=clusters.arn_of("cluster", identifier),
        database=cluster["DBName"],
        administrator=cluster["MasterUsername"],
        roles=tuple(cluster["IamRoles"]),
        default_role=cluster["DefaultIamRoleArn"] or "",
        principals=("redshift.amazonaws.com",),
    )


def log_in(request: Request, of: Warehouse) -> str:
    """The database user of a request, as which its caller may log in.

    A secret is the administrator's, and without one the Data API takes temporary credentials. The
    account's root, which only commands use, is the administrator where it names no user.

    Raises:
        ServiceError: where it may not.
    """
    content = request.content
    if content.get("SecretArn"):
        return _with_secret(request, of)
    cluster, user = content.get("ClusterIdentifier"), content.get("DbUser")
    key = request.access_key
    if cluster is None:
        refused = auth.refusal(
            key, "redshift-serverless:GetCredentials", arn(content), "redshift-serverless"
        )
    elif user:
        action = "redshift:GetClusterCredentials"
        refused = logins.refusal(key, action, cluster, content.get("Database"), user)
    else:
        action = "redshift:GetClusterCredentialsWithIAM"
        refused = logins.refusal(key, action, cluster, content.get("Database"))
    if refused is not None:
        raise ServiceError("AccessDeniedException", refused)
    if user:
        return str(user)
    if callers.is_root(callers.owner(key)):
        return of.administrator
    return callers.database_user(key)


def _with_secret(request: Request, of: Warehouse) -> str:
    content, secret = request.content, request.content["SecretArn"]
    if content.get("DbUser"):
        raise ServiceError(
            "ValidationException", "Give either SecretArn or DbUser: a secret has its own user."
        )
    if secret != _secret_of(content):
        raise ServiceError("ValidationException", f"The secret {secret} could not be found.")
    refused = auth.refusal(
        request.access_key, "secretsmanager:GetSecretValue", secret, "secretsmanager"
    )
    if refused is not None:
        raise ServiceError("ValidationException", refused)
    return of.administrator


def _secret_of(content: dict[str, Any]) -> str | None:
    """The secret that the service keeps of the administrator of a request's warehouse."""
    if content.get("ClusterIdentifier"):
        return clusters.clusters[content["ClusterIdentifier"]].get("MasterPasswordSecretArn")
    return serverless.namespace_of(content["WorkgroupName"]).get("adminPasswordSecretArn")


def arn(content: dict[str, Any]) -> str:
    """The ARN of what a request or a session names, for IAM; `*` where it names nothing."""
    if name := content.get("WorkgroupName"):
        entry = serverless.workgroups.get(name)
        return (
            entry["workgroupArn"]
            if entry
            else f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/*"
        )
    if content.get("ClusterIdentifier"):
        return clusters.arn_of("cluster", content["ClusterIdentifier"])
    return "*"
