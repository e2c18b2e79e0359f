"""What EMR may do with its service role: start nodes in a network, and reach them.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-roles.html
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import ec2, iam

from local.cloud.core import auth
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.emr.clusters.fleets import has_strategy

PRINCIPAL = "elasticmapreduce.amazonaws.com"

NODE_PRINCIPAL = "ec2.amazonaws.com"

#: What of AmazonEMRServicePolicy_v2 this cloud asks the service role for.
#: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEMRServicePolicy_v2.html
_TAG = "for-use-with-amazon-emr-managed-policies"

_SERVICE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "CreateInTaggedNetwork",
            "Effect": "Allow",
            "Action": ["ec2:RunInstances", "ec2:CreateFleet"],
            "Resource": ["arn:aws:ec2:*:*:subnet/*", "arn:aws:ec2:*:*:security-group/*"],
            "Condition": {"StringEquals": {f"aws:ResourceTag/{_TAG}": "true"}},
        },
        {
            "Sid": "CreateEMRTaggedLaunchTemplate",
            "Effect": "Allow",
            "Action": "ec2:CreateLaunchTemplate",
            "Resource": "arn:aws:ec2:*:*:launch-template/*",
            "Condition": {"StringEquals": {f"aws:RequestTag/{_TAG}": "true"}},
        },
        {
            "Sid": "CreateEMRTaggedInstancesAndVolumes",
            "Effect": "Allow",
            "Action": ["ec2:RunInstances", "ec2:CreateFleet"],
            "Resource": ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"],
            "Condition": {"StringEquals": {f"aws:RequestTag/{_TAG}": "true"}},
        },
        {
            "Sid": "ResourcesToLaunchEC2",
            "Effect": "Allow",
            "Action": "ec2:CreateFleet",
            "Resource": "arn:aws:ec2:*:*:fleet/*",
        },
        {
            "Sid": "PassRoleForEC2",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::*:role/EMR_EC2_DefaultRole",
            "Condition": {"StringLike": {"iam:PassedToService": "ec2.amazonaws.com*"}},
        },
    ],
}


def start() -> None:
    """Have the managed policy of service roles, which ministack does not know."""
    name = "service-role/AmazonEMRServicePolicy_v2"
    record = iam._make_aws_managed_record(
        name, json.dumps(_SERVICE_POLICY), "Permissions of EMR's service role"
    )
    iam._aws_managed_policies[record["Arn"]] = record


def cluster_arn(identifier: str) -> str:
    """The ARN of a cluster."""
    return f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/{identifier}"


def service_role_arn(given: str) -> str:
    """The ARN of a role that is given as one, or by its name."""
    if given.startswith("arn:"):
        return given
    known = iam._roles.get(given)
    return known["Arn"] if known else f"arn:aws:iam::{ACCOUNT}:role/{given}"


def network_of(cluster: dict[str, Any]) -> list[str]:
    """The subnet and the security groups of a cluster."""
    attributes = cluster["Ec2InstanceAttributes"]
    groups = [value for member, value in attributes.items() if "SecurityGroup" in member]
    return [*filter(None, [attributes.get("Ec2SubnetId")]), *flat(groups)]


def _network_asked_for(cluster: dict[str, Any]) -> list[str]:
    """Subnets and groups that EMR may start nodes in: another time it chooses another subnet."""
    requested = cluster["Ec2InstanceAttributes"].get("RequestedEc2SubnetIds", [])
    return [*requested, *(part for part in network_of(cluster) if part not in requested)]


def flat(values: Any) -> list[str]:
    """Strings, of which some are in lists."""
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def launch_problem(cluster: dict[str, Any]) -> str | None:
    """Why EMR, as its service role, could not start the nodes; None where it could."""
    role = service_role_arn(cluster["ServiceRole"])
    try:
        vended = auth.assume(role, PRINCIPAL, cluster["ClusterArn"])
    except auth.Denied as denied:
        return f"EMR service role {role} is invalid: {denied}"
    try:
        auth.assume(cluster["_role"], NODE_PRINCIPAL)
    except auth.Denied as denied:
        return f"The instance profile's role {cluster['_role']} is invalid: {denied}"
    request = {f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in cluster["Tags"]}
    instance, network = _ec2_arn("instance", "*"), _network_asked_for(cluster)
    asked = [("ec2:RunInstances", instance, request)]
    asked += [on_network("ec2:RunInstances", part) for part in network]
    if any(map(has_strategy, cluster["InstanceFleets"])):
        # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-instance-fleet.html#create-cluster-allocation-policy
        asked.append(("ec2:CreateLaunchTemplate", _ec2_arn("launch-template", "*"), request))
        asked.append(("ec2:CreateFleet", _ec2_arn("fleet", "*"), {}))
        asked.append(("ec2:CreateFleet", instance, request))
        asked += [on_network("ec2:CreateFleet", p) for p in network if p.startswith("subnet-")]
    passed = {"iam:PassedToService": NODE_PRINCIPAL}
    asked.append(("iam:PassRole", cluster["_role"], passed))
    refused = auth.first_refusal(vended, asked)
    return refused and f"Service role {role} has insufficient EC2 permissions: {refused}"


def notebook_problem(cluster: dict[str, Any], vended: auth.Credentials, group: str) -> str | None:
    """Why EMR, as the service role of a notebook, could not reach a cluster; None where it could.

    It does so by a network interface of its own beside the cluster's nodes.
    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-service-role.html

    Args:
        cluster: the cluster.
        vended: credentials of the role.
        group: security group for the interface; empty where none is named.
    """
    subnet = cluster["Ec2InstanceAttributes"].get("Ec2SubnetId")
    create = "ec2:CreateNetworkInterface"
    return auth.first_refusal(
        vended,
        [
            ("elasticmapreduce:DescribeCluster", cluster["ClusterArn"], {}),
            ("elasticmapreduce:ListInstances", cluster["ClusterArn"], {}),
            (create, _ec2_arn("network-interface", "*"), {}),
            *(on_network(create, part) for part in (subnet, group) if part),
        ],
    )


def on_network(action: str, identifier: str) -> auth.Asked:
    """An action on a subnet or a security group, with its network and its tags."""
    kind = "subnet" if identifier.startswith("subnet-") else "security-group"
    context = {
        f"aws:ResourceTag/{tag['Key']}": tag.get("Value", "")
        for tag in ec2._tags.get(identifier) or []
    }
    record = (ec2._subnets if kind == "subnet" else ec2._security_groups).get(identifier)
    if record is not None:
        context["ec2:Vpc"] = _ec2_arn("vpc", record["VpcId"])
    return action, _ec2_arn(kind, identifier), context


def _ec2_arn(kind: str, identifier: str) -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{identifier}"
