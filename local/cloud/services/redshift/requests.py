"""The operations of Amazon Redshift, and what each is about."""

from __future__ import annotations

from typing import Any

from local.cloud.services.redshift import (
    audit_logs,
    clusters,
    credentials,
    modifications,
    network,
    parameter_groups,
    snapshots,
    state,
    tags,
)

OPERATIONS = {
    **audit_logs.OPERATIONS,
    **clusters.OPERATIONS,
    **credentials.OPERATIONS,
    **modifications.OPERATIONS,
    **network.OPERATIONS,
    **parameter_groups.OPERATIONS,
    **snapshots.OPERATIONS,
    **tags.OPERATIONS,
}

#: What conditions call the user or the database in an ARN.
_OF_DATABASES = {"dbname": "redshift:DbName", "dbuser": "redshift:DbUser"}

#: Calls that IAM knows no resource of.
_WITHOUT_RESOURCE = ("DescribeClusterSubnetGroups", "DescribeClusterParameterGroups")


def resource(operation: str, content: dict[str, Any]) -> str:
    """The ARN that a call is about.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshift.html
    """
    cluster = content.get("ClusterIdentifier") or "*"
    if operation in _WITHOUT_RESOURCE:
        return "*"
    if operation == "GetClusterCredentials":
        return state.arn_of("dbuser", f"{cluster}/{content.get('DbUser') or '*'}")
    if operation == "GetClusterCredentialsWithIAM":
        return state.arn_of("dbname", f"{cluster}/{content.get('DbName') or '*'}")
    if operation == "DeleteClusterSnapshot":
        name = content.get("SnapshotIdentifier") or "*"
        owner = state.snapshots.get(name.lower(), {}).get("ClusterIdentifier", "*")
        return state.arn_of("snapshot", f"{owner}/{name}")
    if operation in tags.OPERATIONS:
        return content.get("ResourceName") or "*"
    if "ClusterSubnetGroupName" in content and "ClusterIdentifier" not in content:
        return state.arn_of("subnetgroup", content["ClusterSubnetGroupName"].lower())
    if "ParameterGroupName" in content:
        return state.arn_of("parametergroup", content["ParameterGroupName"].lower())
    return state.arn_of("cluster", cluster.lower())


def condition_keys(resource: str, known: dict[str, Any]) -> dict[str, Any]:
    """What conditions may look at: the tags of what a call is about, and a database's user or name.

    As above.
    """
    kind, _, name = resource.split(":", 5)[-1].partition(":")
    keys = {f"aws:ResourceTag/{key}": value for key, value in state.tags.get(resource, {}).items()}
    if kind in _OF_DATABASES:
        keys[_OF_DATABASES[kind]] = name.partition("/")[2]
    return {**keys, **known}
