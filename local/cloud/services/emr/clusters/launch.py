"""The cluster that RunJobFlow makes: what EMR looks at in the request, and what it names.

https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
"""

from __future__ import annotations

import re
import time
import urllib.parse
from typing import Any

from ministack.services import ec2, iam, s3

from local.cloud.core.answers import ServiceError
from local.cloud.services.emr import calls
from local.cloud.services.emr.clusters import instances
from local.cloud.services.emr.clusters.rights import cluster_arn, flat

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


def cluster_of(content: dict[str, Any], security_configurations: dict[str, Any]) -> dict[str, Any]:
    """The cluster that a request makes, as it is kept.

    Raises:
        ServiceError: where the request is none that EMR takes.
    """
    for member, instead in _UNKNOWN.items():
        if content.get(member):
            raise _invalid(f"{member} is not supported by the local cloud: {instead}")
    given = content["Instances"]
    identifier = calls.identifier("j-")
    level = content.get("StepConcurrencyLevel") or 1
    require_concurrency(level)
    require_steps(content.get("Steps") or [], level)
    if content.get("AutoTerminationPolicy"):
        require_idle_timeout(content["AutoTerminationPolicy"])
    security = content.get("SecurityConfiguration")
    if security and security not in security_configurations:
        raise ServiceError(
            "InvalidRequestException",
            f"Security configuration with name '{security}' does not exist.",
        )
    profile, role = _profile(content.get("JobFlowRole"))
    groups = instances.groups_of(given)
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
        "Ec2InstanceAttributes": _network(given, profile),
        "InstanceCollectionType": "INSTANCE_FLEET"
        if given.get("InstanceFleets")
        else "INSTANCE_GROUP",
        "ReleaseLabel": _release(content.get("ReleaseLabel")),
        "AutoTerminate": not given.get("KeepJobFlowAliveWhenNoSteps", False),
        "TerminationProtected": given.get("TerminationProtected", False),
        "UnhealthyNodeReplacement": given.get("UnhealthyNodeReplacement", False),
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
        "_instances": instances.nodes_of(groups),
    }


def require_concurrency(level: int) -> None:
    """Raises ServiceError where so many steps cannot run side by side."""
    if level not in _CONCURRENCY:
        raise _invalid(f"StepConcurrencyLevel is {level}; it must be from 1 to 256")


def require_idle_timeout(policy: dict[str, Any]) -> None:
    """Raises ServiceError where a policy's idle time is none."""
    seconds = policy.get("IdleTimeout")
    if seconds not in _IDLE:
        raise _invalid(
            f"IdleTimeout of the AutoTerminationPolicy is {seconds}; "
            f"it must be from {_IDLE[0]} to {_IDLE[-1]} seconds"
        )


def require_steps(steps: list[dict[str, Any]], level: int) -> None:
    """Raises ServiceError where a step's ActionOnFailure does not fit those side by side.

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


def _subnets(given: dict[str, Any]) -> list[str]:
    """The subnets of a request, of which EMR chooses one.

    https://docs.aws.amazon.com/emr/latest/APIReference/API_JobFlowInstancesConfig.html
    """
    several, single = given.get("Ec2SubnetIds") or [], given.get("Ec2SubnetId")
    if several and single:
        raise _invalid("Give either Ec2SubnetId or Ec2SubnetIds, not both")
    if several and not given.get("InstanceFleets"):
        raise _invalid("Ec2SubnetIds are for clusters with InstanceFleets; give an Ec2SubnetId")
    subnets = several or [subnet for subnet in [single] if subnet]
    for subnet in subnets:
        if subnet not in ec2._subnets:
            raise _invalid(f"The subnet ID '{subnet}' does not exist")
    vpcs = {ec2._subnets[subnet]["VpcId"] for subnet in subnets}
    if len(vpcs) > 1:
        raise _invalid(
            f"The subnets {', '.join(subnets)} are in {len(vpcs)} VPCs; they must be in one"
        )
    return subnets


def _network(given: dict[str, Any], profile: str) -> dict[str, Any]:
    subnets = _subnets(given)
    vpc = ec2._subnets[subnets[0]]["VpcId"] if subnets else None
    managed = ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup")
    if len([m for m in managed if given.get(m)]) == 1:
        raise _invalid(f"Give both of {' and '.join(managed)}, or none of them")
    named: dict[str, Any] = {}
    for member in (*managed, "ServiceAccessSecurityGroup"):
        if given.get(member):
            named[member] = given[member]
    for member in ("AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups"):
        if given.get(member):
            named[member] = given[member]
    for group in flat(named.values()):
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
    if given.get("Ec2KeyName"):
        named["Ec2KeyName"] = given["Ec2KeyName"]
    return {**named, "IamInstanceProfile": profile}


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


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
