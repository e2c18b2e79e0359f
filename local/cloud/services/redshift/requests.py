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
