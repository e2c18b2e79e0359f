"""EMR: clusters of instance fleets, in one of several subnets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from running import Cloud, allow, unique
from test_auth import refused
from test_emr import EMR, Clusters, command, failed_to_launch

MASTER = {
    "InstanceFleetType": "MASTER",
    "TargetOnDemandCapacity": 1,
    "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
}
CORE = {
    "InstanceFleetType": "CORE",
    "TargetOnDemandCapacity": 2,
    "InstanceTypeConfigs": [{"InstanceType": "m5.2xlarge"}],
}
SPOT = {"TimeoutDurationMinutes": 20, "TimeoutAction": "SWITCH_TO_ON_DEMAND"}
STRATEGY = {"SpotSpecification": {**SPOT, "AllocationStrategy": "capacity-optimized"}}
TAGS = [{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}]


@pytest.fixture(scope="module")
def clusters(cloud: Cloud) -> Clusters:
    return Clusters(cloud)


@pytest.fixture(scope="module")
def subnets(clusters: Clusters) -> Iterator[list[str]]:
    """Two subnets of a VPC, and one of another."""
    ec2 = clusters.cloud.client("ec2")
    made = []
    for block, parts in (("10.4.0.0/16", ("10.4.1.0/24", "10.4.2.0/24")), ("10.5.0.0/16", ())):
        vpc = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        for part in parts or (block,):
            made.append(ec2.create_subnet(VpcId=vpc, CidrBlock=part)["Subnet"]["SubnetId"])
    yield made
    for subnet in made:
        ec2.delete_subnet(SubnetId=subnet)


def fleets(*given: dict[str, Any], **instances: Any) -> dict[str, Any]:
    """What a request has of fleets in place of groups."""
    return {"Instances": {"InstanceGroups": [], "InstanceFleets": list(given), **instances}}


def test_a_cluster_of_fleets_is_described_as_one(clusters: Clusters, subnets: list[str]) -> None:
    emr = clusters.emr
    core = {
        **CORE,
        "TargetSpotCapacity": 5,
        "InstanceTypeConfigs": [{"InstanceType": "m5.2xlarge", "WeightedCapacity": 2}],
        "LaunchSpecifications": {"SpotSpecification": SPOT},
    }
    cluster = clusters.start(**fleets(MASTER, core, Ec2SubnetIds=subnets[:2]))
    [_, starting] = emr.list_instance_fleets(ClusterId=cluster)["InstanceFleets"]
    assert (starting["TargetSpotCapacity"], starting["ProvisionedSpotCapacity"]) == (5, 0)
    clusters.until(cluster, "WAITING")
    described = emr.describe_cluster(ClusterId=cluster)["Cluster"]
    assert described["InstanceCollectionType"] == "INSTANCE_FLEET"
    attributes = described["Ec2InstanceAttributes"]
    assert attributes["RequestedEc2SubnetIds"] == subnets[:2]
    assert attributes["Ec2SubnetId"] in subnets[:2]

    master, core = emr.list_instance_fleets(ClusterId=cluster)["InstanceFleets"]
    assert (master["InstanceFleetType"], core["InstanceFleetType"]) == ("MASTER", "CORE")
    assert {fleet["Status"]["State"] for fleet in (master, core)} == {"RUNNING"}
    assert master["ProvisionedOnDemandCapacity"] == 1
    # Three instances of two units each are more than the five that are wanted.
    assert (core["ProvisionedOnDemandCapacity"], core["ProvisionedSpotCapacity"]) == (2, 6)
    assert core["InstanceTypeSpecifications"] == [
        {"InstanceType": "m5.2xlarge", "WeightedCapacity": 2}
    ]
    assert core["LaunchSpecifications"] == {"SpotSpecification": SPOT}

    def instances(**of: Any) -> list[tuple[str, str]]:
        listed = emr.list_instances(ClusterId=cluster, **of)["Instances"]
        return [(node["Market"], node["InstanceType"]) for node in listed]

    spot, on_demand = ("SPOT", "m5.2xlarge"), ("ON_DEMAND", "m5.2xlarge")
    assert instances(InstanceFleetType="MASTER") == [("ON_DEMAND", "m5.xlarge")]
    assert instances(InstanceFleetId=core["Id"]) == [on_demand, spot, spot, spot]
    assert len(instances()) == 5

    step = clusters.run(cluster, "true")
    assert step["State"] == "COMPLETED"
    emr.terminate_job_flows(JobFlowIds=[cluster])
    clusters.until(cluster, "TERMINATED")
    [master, _] = emr.list_instance_fleets(ClusterId=cluster)["InstanceFleets"]
    assert master["Status"]["State"] == "TERMINATED"
    assert master["ProvisionedOnDemandCapacity"] == 0


def test_groups_and_fleets_are_asked_for_as_what_they_are(clusters: Clusters) -> None:
    emr = clusters.emr
    of_groups, of_fleets = clusters.start(), clusters.start(**fleets(MASTER))
    assert refused(emr.list_instance_groups, ClusterId=of_fleets) == (
        "InvalidRequestException",
        "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in "
        "the request uses instance fleets. The ListInstanceGroups operation does not support "
        "clusters that use instance fleets. Use the ListInstanceFleets operation instead.",
    )
    code, message = refused(emr.list_instance_fleets, ClusterId=of_groups)
    assert code == "InvalidRequestException"
    assert "uses instance groups" in message
    assert refused(emr.list_instances, ClusterId=of_fleets, InstanceGroupTypes=["CORE"])
    assert refused(emr.list_instances, ClusterId=of_groups, InstanceFleetType="CORE")
    groups = emr.list_instance_groups(ClusterId=of_groups)["InstanceGroups"]
    assert [group["InstanceGroupType"] for group in groups] == ["MASTER", "CORE"]
    emr.terminate_job_flows(JobFlowIds=[of_groups, of_fleets])


def test_fleets_are_looked_at(clusters: Clusters, subnets: list[str]) -> None:
    types = [{"InstanceType": f"m5.{size}xlarge"} for size in ("", *range(2, 8))]
    heavy = [{"InstanceType": "m5.xlarge", "WeightedCapacity": 2}]
    hasty = {"SpotSpecification": {**SPOT, "TimeoutDurationMinutes": 4}}
    group = {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}
    wrong: list[tuple[dict[str, Any], str]] = [
        (fleets(MASTER, InstanceGroups=[group]), "either InstanceFleets or InstanceGroups"),
        (fleets(MASTER, MasterInstanceType="m5.xlarge"), "or MasterInstanceType"),
        (fleets(CORE), "exactly one instance fleet of the type MASTER"),
        (fleets(MASTER, MASTER), "more than one instance fleet of the type MASTER"),
        (fleets(MASTER, CORE, CORE), "more than one instance fleet of the type CORE"),
        (fleets({**MASTER, "TargetOnDemandCapacity": 2}), "MASTER has the capacity 2 on demand"),
        (fleets({**MASTER, "TargetSpotCapacity": 1}), "one of the two must be 1"),
        (fleets(MASTER, {**CORE, "TargetOnDemandCapacity": 0}), "CORE has no capacity"),
        (fleets(MASTER, {**CORE, "InstanceTypeConfigs": []}), "has 0 InstanceTypeConfigs"),
        (fleets(MASTER, {**CORE, "InstanceTypeConfigs": types}), "has 7 InstanceTypeConfigs"),
        (fleets({**MASTER, "InstanceTypeConfigs": heavy}), "it must be 1"),
        (fleets(MASTER, {**CORE, "LaunchSpecifications": hasty}), "from 5 to 1440 minutes"),
        (fleets(MASTER, Ec2SubnetIds=["subnet-0"]), "The subnet ID 'subnet-0' does not exist"),
        (fleets(MASTER, Ec2SubnetIds=subnets[1:]), "are in 2 VPCs"),
        (fleets(MASTER, Ec2SubnetIds=subnets[:2], Ec2SubnetId=subnets[0]), "Give either"),
        ({"Instances": {"Ec2SubnetIds": subnets[:2]}}, "for clusters with InstanceFleets"),
    ]
    for given, message in wrong:
        code, said = refused(clusters.emr.run_job_flow, **clusters.request(**given))
        assert code == "ValidationException"
        assert message in said
    many = {**CORE, "InstanceTypeConfigs": types, "LaunchSpecifications": STRATEGY}
    right = clusters.start(**fleets(MASTER, many))
    three = clusters.start(**fleets({**MASTER, "TargetOnDemandCapacity": 3}))
    clusters.emr.terminate_job_flows(JobFlowIds=[right, three])


def test_every_subnet_has_to_be_one_that_emr_may_use(
    clusters: Clusters, subnets: list[str]
) -> None:
    """It chooses another each time."""
    ec2 = clusters.cloud.client("ec2")
    role = clusters.cloud.role(EMR, [allow("iam:PassRole", clusters.node_role)])
    clusters.cloud.client("iam").attach_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2",
    )
    request = {
        "ServiceRole": role,
        "Tags": TAGS,
        **fleets(MASTER, {**CORE, "LaunchSpecifications": STRATEGY}, Ec2SubnetIds=subnets[:2]),
    }
    ec2.create_tags(Resources=subnets[:1], Tags=TAGS)
    assert f"subnet/{subnets[1]}" in failed_to_launch(clusters, **request)
    ec2.create_tags(Resources=subnets[1:2], Tags=TAGS)
    cluster = clusters.up(**request)
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])
    clusters.until(cluster, "TERMINATED")


def test_an_allocation_strategy_makes_a_fleet_of_ec2(clusters: Clusters) -> None:
    """https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-instance-fleet.html"""
    passing = allow("iam:PassRole", clusters.node_role)
    core = {**CORE, "LaunchSpecifications": STRATEGY}
    actions = ["ec2:RunInstances"]
    for missing in ("ec2:CreateLaunchTemplate", "ec2:CreateFleet"):
        role = clusters.cloud.role(EMR, [passing, allow(actions)])
        assert missing in failed_to_launch(clusters, ServiceRole=role, **fleets(MASTER, core))
        plain = clusters.up(ServiceRole=role, Name=unique("plain"), **fleets(MASTER, CORE))
        clusters.emr.terminate_job_flows(JobFlowIds=[plain])
        actions.append(missing)
    role = clusters.cloud.role(EMR, [passing, allow(actions)])
    cluster = clusters.up(ServiceRole=role, Steps=[command("true")], **fleets(MASTER, core))
    clusters.emr.terminate_job_flows(JobFlowIds=[cluster])
