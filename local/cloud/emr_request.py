"""What EMR looks at before it makes a cluster: the request itself, and what it names.

https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
"""

from __future__ import annotations

import json
import re
import secrets
import time
import urllib.parse
from typing import Any

from ministack.services import ec2, emr, iam, s3

from local.cloud.core import auth, seam
from local.cloud.core.settings import ACCOUNT, REGION

PRINCIPAL = "elasticmapreduce.amazonaws.com"
NODE_PRINCIPAL = "ec2.amazonaws.com"

#: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-release-components.html
_RELEASE = re.compile(r"emr-(\d+)\.\d+\.\d+(-latest)?")

#: Releases with the Spark that is here.
_MAJOR = 7

#: Applications of those releases; https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-release-app-versions-7.x.html
_APPLICATIONS = {
    *("AmazonCloudWatchAgent", "Delta", "Flink", "HBase", "HCatalog", "Hadoop", "Hive", "Hudi"),
    *("Hue", "Iceberg", "JupyterEnterpriseGateway", "JupyterHub", "Livy", "Oozie", "Phoenix"),
    *("Pig", "Presto", "Spark", "TensorFlow", "Tez", "Trino", "Zeppelin", "ZooKeeper"),
}

#: Seconds; https://docs.aws.amazon.com/emr/latest/APIReference/API_AutoTerminationPolicy.html
_IDLE = range(60, 604_801)

#: Steps side by side; https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-concurrent-steps.html
_CONCURRENCY = range(1, 257)

#: What this cloud would only pretend to heed.
_UNKNOWN = {
    "AmiVersion": "give a ReleaseLabel",
    "BootstrapActions": "the steps run on this machine, which no script may change",
    "CustomAmiId": "there are no instances",
    "KerberosAttributes": "there is no Kerberos",
    "ManagedScalingPolicy": "there are no instances",
}

#: What of AmazonEMRServicePolicy_v2 this cloud asks the service role for.
#: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEMRServicePolicy_v2.html
_TAG = "for-use-with-amazon-emr-managed-policies"
_SERVICE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "CreateInTaggedNetwork",
            "Effect": "Allow",
            "Action": "ec2:RunInstances",
            "Resource": ["arn:aws:ec2:*:*:subnet/*", "arn:aws:ec2:*:*:security-group/*"],
            "Condition": {"StringEquals": {f"aws:ResourceTag/{_TAG}": "true"}},
        },
        {
            "Sid": "CreateEMRTaggedInstancesAndVolumes",
            "Effect": "Allow",
            "Action": "ec2:RunInstances",
            "Resource": ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"],
            "Condition": {"StringEquals": {f"aws:RequestTag/{_TAG}": "true"}},
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


def install() -> None:
    """Have the managed policy of service roles, which ministack does not know."""
    name = "service-role/AmazonEMRServicePolicy_v2"
    record = iam._make_aws_managed_record(
        name, json.dumps(_SERVICE_POLICY), "Permissions of EMR's service role"
    )
    iam._aws_managed_policies[record["Arn"]] = record


def _invalid(message: str) -> seam.ServiceError:
    return seam.ServiceError("ValidationException", message)


def cluster_arn(identifier: str) -> str:
    """The ARN of a cluster."""
    return f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/{identifier}"


def cluster_of(content: dict[str, Any], security_configurations: dict[str, Any]) -> dict[str, Any]:
    """The cluster that a request makes, as it is kept.

    Raises:
        seam.ServiceError: where the request is none that EMR takes.
    """
    for member, instead in _UNKNOWN.items():
        if content.get(member):
            raise _invalid(f"{member} is not supported by the local cloud: {instead}")
    instances = content["Instances"]
    identifier = emr._cluster_id()
    level = content.get("StepConcurrencyLevel") or 1
    require_concurrency(level)
    require_steps(content.get("Steps") or [], level)
    if content.get("AutoTerminationPolicy"):
        require_idle_timeout(content["AutoTerminationPolicy"])
    security = content.get("SecurityConfiguration")
    if security and security not in security_configurations:
        raise seam.ServiceError(
            "InvalidRequestException",
            f"Security configuration with name '{security}' does not exist.",
        )
    profile, role = _profile(content.get("JobFlowRole"))
    groups = _groups(instances)
    now = time.time()
    return {
        "Id": identifier,
        "Name": content["Name"],
        "ClusterArn": cluster_arn(identifier),
        "Status": {
            "State": "STARTING",
            "StateChangeReason": {},
            "Timeline": {"CreationDateTime": now},
        },
        "Ec2InstanceAttributes": _network(instances, profile),
        "InstanceCollectionType": "INSTANCE_FLEET"
        if instances.get("InstanceFleets")
        else "INSTANCE_GROUP",
        "ReleaseLabel": _release(content.get("ReleaseLabel")),
        "AutoTerminate": not instances.get("KeepJobFlowAliveWhenNoSteps", False),
        "TerminationProtected": instances.get("TerminationProtected", False),
        "UnhealthyNodeReplacement": instances.get("UnhealthyNodeReplacement", False),
        "VisibleToAllUsers": content.get("VisibleToAllUsers", True),
        "Applications": _applications(content.get("Applications") or []),
        "Tags": list(content.get("Tags") or []),
        "ServiceRole": _service_role(content.get("ServiceRole")),
        "NormalizedInstanceHours": 0,
        "Configurations": content.get("Configurations") or [],
        "ScaleDownBehavior": content.get("ScaleDownBehavior", "TERMINATE_AT_TASK_COMPLETION"),
        "StepConcurrencyLevel": level,
        "BootstrapActions": [],
        "InstanceFleets": [g for g in groups if "InstanceFleetType" in g],
        "InstanceGroups": [g for g in groups if "InstanceGroupType" in g],
        **_log_uri(content),
        **{m: content[m] for m in ("SecurityConfiguration", "EbsRootVolumeSize") if content.get(m)},
        "_role": role,
        "_idleTimeout": (content.get("AutoTerminationPolicy") or {}).get("IdleTimeout"),
        "_instances": _instances(groups),
    }


def require_concurrency(level: int) -> None:
    """Raises seam.ServiceError where so many steps cannot run side by side."""
    if level not in _CONCURRENCY:
        raise _invalid(f"StepConcurrencyLevel is {level}; it must be from 1 to 256")


def require_idle_timeout(policy: dict[str, Any]) -> None:
    """Raises seam.ServiceError where a policy's idle time is none."""
    seconds = policy.get("IdleTimeout")
    if seconds not in _IDLE:
        raise _invalid(
            f"IdleTimeout of the AutoTerminationPolicy is {seconds}; "
            f"it must be from {_IDLE[0]} to {_IDLE[-1]} seconds"
        )


def require_steps(steps: list[dict[str, Any]], level: int) -> None:
    """Raises seam.ServiceError where a step's ActionOnFailure does not fit those side by side.

    https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html
    """
    for step in steps:
        action = step.get("ActionOnFailure", "CONTINUE")
        if level > 1 and action != "CONTINUE":
            raise _invalid(
                f"The ActionOnFailure {action} of the step {step['Name']} is not valid: "
                f"with a StepConcurrencyLevel of {level} it must be CONTINUE"
            )


def _release(label: str | None) -> str:
    if not label:
        raise _invalid("ReleaseLabel is required")
    found = _RELEASE.fullmatch(label)
    if found is None:
        raise _invalid(f"The supplied release label is invalid: {label}.")
    if int(found[1]) != _MAJOR:
        raise _invalid(
            f"The supplied release label is invalid: {label}. "
            f"The local cloud runs Spark 3.5, which emr-{_MAJOR}.x.x has"
        )
    return label


def _applications(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for application in given:
        if application.get("Name") not in _APPLICATIONS:
            raise _invalid(f"Specified application: {application.get('Name')} is not supported")
    return given or [{"Name": "Hadoop"}]


def _profile(given: str | None) -> tuple[str, str]:
    """The name of an instance profile, and the ARN of its role."""
    if not given:
        raise _invalid("InstanceProfile is required for creating cluster")
    profile = iam._instance_profiles.get(given.rsplit("/", 1)[-1])
    if profile is None or (given.startswith("arn:") and profile["Arn"] != given):
        raise _invalid(f"Invalid InstanceProfile: {given}.")
    name = profile["InstanceProfileName"]
    role = iam._roles.get(profile["Roles"][0]) if profile["Roles"] else None
    if role is None:
        raise _invalid(f"Invalid InstanceProfile: {given}. It has no role")
    if role["RoleName"] != name:
        # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-ec2.html
        raise _invalid(
            f"Invalid InstanceProfile: {given}. Its role must have the same name, "
            f"and is {role['RoleName']}"
        )
    return name, role["Arn"]


def _service_role(given: str | None) -> str:
    if not given:
        raise _invalid("ServiceRole is required for creating cluster.")
    return given


def service_role_arn(given: str) -> str:
    """The ARN of a role that is given as one, or by its name."""
    if given.startswith("arn:"):
        return given
    known = iam._roles.get(given)
    return known["Arn"] if known else f"arn:aws:iam::{ACCOUNT}:role/{given}"


def _network(instances: dict[str, Any], profile: str) -> dict[str, Any]:
    subnets = instances.get("Ec2SubnetIds") or [instances.get("Ec2SubnetId")]
    subnets = [subnet for subnet in subnets if subnet]
    for subnet in subnets:
        if subnet not in ec2._subnets:
            raise _invalid(f"The subnet ID '{subnet}' does not exist")
    vpc = ec2._subnets[subnets[0]]["VpcId"] if subnets else None
    managed = ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup")
    if len([m for m in managed if instances.get(m)]) == 1:
        raise _invalid(f"Give both of {' and '.join(managed)}, or none of them")
    named: dict[str, Any] = {}
    for member in (*managed, "ServiceAccessSecurityGroup"):
        if instances.get(member):
            named[member] = instances[member]
    for member in ("AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups"):
        if instances.get(member):
            named[member] = instances[member]
    for group in _flat(named.values()):
        if group not in ec2._security_groups:
            raise _invalid(f"The security group '{group}' does not exist")
        if vpc is not None and ec2._security_groups[group]["VpcId"] != vpc:
            raise _invalid(
                f"The security group '{group}' is not in {vpc}, the VPC of the subnet {subnets[0]}"
            )
    if subnets:
        named["Ec2SubnetId"] = subnets[0]
        named["RequestedEc2SubnetIds"] = subnets
        named["Ec2AvailabilityZone"] = ec2._subnets[subnets[0]]["AvailabilityZone"]
    if instances.get("Ec2KeyName"):
        named["Ec2KeyName"] = instances["Ec2KeyName"]
    return {**named, "IamInstanceProfile": profile}


def network_of(cluster: dict[str, Any]) -> list[str]:
    """The subnet and the security groups of a cluster."""
    attributes = cluster["Ec2InstanceAttributes"]
    groups = [value for member, value in attributes.items() if "SecurityGroup" in member]
    return [*filter(None, [attributes.get("Ec2SubnetId")]), *_flat(groups)]


def _flat(values: Any) -> list[str]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _log_uri(content: dict[str, Any]) -> dict[str, str]:
    uri = content.get("LogUri")
    if not uri:
        return {}
    where = urllib.parse.urlparse(uri)
    if where.scheme not in ("s3", "s3n") or not where.netloc:
        raise _invalid(f"The LogUri {uri} is no S3 location such as s3://bucket/logs/")
    if where.netloc not in s3._buckets:
        raise _invalid(f"The bucket '{where.netloc}' of the LogUri {uri} does not exist")
    key = content.get("LogEncryptionKmsKeyId")
    return {"LogUri": uri, **({"LogEncryptionKmsKeyId": key} if key else {})}


def _groups(instances: dict[str, Any]) -> list[dict[str, Any]]:
    """The instance groups or fleets."""
    now = time.time()
    status = {"State": "PROVISIONING", "StateChangeReason": {}}
    timeline = {"Timeline": {"CreationDateTime": now}}
    if instances.get("InstanceGroups") and instances.get("InstanceFleets"):
        raise _invalid("Give either InstanceGroups or InstanceFleets, not both")
    if instances.get("InstanceFleets"):
        return [
            {
                "Id": emr._fleet_id(),
                "Name": fleet.get("Name", fleet["InstanceFleetType"]),
                "InstanceFleetType": fleet["InstanceFleetType"],
                "Status": {**status, **timeline},
                **{
                    f"{kind}{market}Capacity": fleet.get(f"Target{market}Capacity", 0)
                    for kind in ("Target", "Provisioned")
                    for market in ("OnDemand", "Spot")
                },
                "InstanceTypeSpecifications": fleet.get("InstanceTypeConfigs", []),
            }
            for fleet in instances["InstanceFleets"]
        ]
    given = instances.get("InstanceGroups") or _simple(instances)
    masters = [g for g in given if g["InstanceRole"] == "MASTER"]
    if len(masters) != 1:
        raise _invalid("There must be exactly one instance group with the role MASTER")
    if masters[0]["InstanceCount"] not in (1, 3):
        raise _invalid(
            f"The MASTER instance group has {masters[0]['InstanceCount']} instances; "
            "it must have 1 or 3"
        )
    return [
        {
            "Id": emr._group_id(),
            "Name": group.get("Name", group["InstanceRole"]),
            "Market": group.get("Market", "ON_DEMAND"),
            "InstanceGroupType": group["InstanceRole"],
            "InstanceType": group["InstanceType"],
            "RequestedInstanceCount": group["InstanceCount"],
            "RunningInstanceCount": group["InstanceCount"],
            "Status": {**status, **timeline},
        }
        for group in given
    ]


def _simple(instances: dict[str, Any]) -> list[dict[str, Any]]:
    """Groups of a request that gives two types and a count."""
    if not instances.get("MasterInstanceType") or not instances.get("InstanceCount"):
        raise _invalid(
            "Give InstanceGroups, InstanceFleets, or MasterInstanceType with InstanceCount"
        )
    count = instances["InstanceCount"]
    master = {
        "InstanceRole": "MASTER",
        "InstanceType": instances["MasterInstanceType"],
        "InstanceCount": 1,
    }
    if count == 1:
        return [master]
    core_type = instances.get("SlaveInstanceType", instances["MasterInstanceType"])
    core = {"InstanceRole": "CORE", "InstanceType": core_type, "InstanceCount": count - 1}
    return [master, core]


def _instances(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes, which are all this machine."""
    return [
        {
            "Id": f"ci-{secrets.token_hex(8).upper()}",
            "Ec2InstanceId": f"i-{secrets.token_hex(8)}1",
            "PrivateDnsName": "localhost",
            "PrivateIpAddress": "127.0.0.1",
            **(
                {"InstanceFleetId": group["Id"]}
                if "InstanceFleetType" in group
                else {
                    "InstanceGroupId": group["Id"],
                    "Market": group["Market"],
                    "InstanceType": group["InstanceType"],
                }
            ),
            "_type": group.get("InstanceGroupType") or group.get("InstanceFleetType"),
        }
        for group in groups
        for _ in range(
            group.get("RequestedInstanceCount")
            or group["TargetOnDemandCapacity"] + group["TargetSpotCapacity"]
        )
    ]


def launch_problem(cluster: dict[str, Any]) -> str | None:
    """Why EMR, as its service role, could not start the nodes; None where it could."""
    role = service_role_arn(cluster["ServiceRole"])
    try:
        lent = auth.assume(role, PRINCIPAL, cluster["ClusterArn"])
    except auth.Denied as denied:
        return f"EMR service role {role} is invalid: {denied}"
    try:
        auth.assume(cluster["_role"], NODE_PRINCIPAL)
    except auth.Denied as denied:
        return f"The instance profile's role {cluster['_role']} is invalid: {denied}"
    request = {f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in cluster["Tags"]}
    asked = [("ec2:RunInstances", _ec2_arn("instance", "*"), request)]
    asked += [on_network("ec2:RunInstances", part) for part in network_of(cluster)]
    passed = {"iam:PassedToService": NODE_PRINCIPAL}
    asked.append(("iam:PassRole", cluster["_role"], passed))
    refused = auth.first_refusal(lent, asked)
    return refused and f"Service role {role} has insufficient EC2 permissions: {refused}"


def notebook_problem(cluster: dict[str, Any], lent: auth.Credentials, group: str) -> str | None:
    """Why EMR, as the service role of a notebook, could not reach a cluster; None where it could.

    It does so by a network interface of its own beside the cluster's nodes.
    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-notebooks-service-role.html

    Args:
        cluster: the cluster.
        lent: credentials of the role.
        group: security group for the interface; empty where none is named.
    """
    subnet = cluster["Ec2InstanceAttributes"].get("Ec2SubnetId")
    create = "ec2:CreateNetworkInterface"
    return auth.first_refusal(
        lent,
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
