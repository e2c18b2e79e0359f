"""EC2 answers what it was given, and keeps what is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from running import REGION, Cloud, unique
from test_auth import refused
from test_inventory import _eip, _internet_gateway, _nat_gateway, _role_arn, _subnet, _vpc

Undo = list[Callable[[], Any]]


@pytest.fixture
def undo() -> Iterator[Undo]:
    steps: Undo = []
    yield steps
    for step in reversed(steps):
        step()


def test_a_nat_gateway_has_its_address_and_keeps_it(cloud: Cloud, undo: Undo) -> None:
    ec2 = cloud.client("ec2")
    _eip(cloud, undo)
    nat = _nat_gateway(cloud, undo)
    [there] = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"]
    [address] = there["NatGatewayAddresses"]
    [known] = ec2.describe_addresses(AllocationIds=[address["AllocationId"]])["Addresses"]
    assert address["PublicIp"] == known["PublicIp"]
    code, message = refused(ec2.release_address, AllocationId=address["AllocationId"])
    assert code == "InvalidIPAddress.InUse" and nat in message
    code, message = refused(ec2.delete_subnet, SubnetId=there["SubnetId"])
    assert code == "DependencyViolation" and nat in message
    again = {"SubnetId": there["SubnetId"], "AllocationId": address["AllocationId"]}
    assert refused(ec2.create_nat_gateway, **again)[0] == "Resource.AlreadyAssociated"
    for wrong, named in (
        ({**again, "SubnetId": "subnet-0"}, "InvalidSubnetID.NotFound"),
        ({**again, "AllocationId": "eipalloc-0"}, "InvalidAllocationID.NotFound"),
        ({"SubnetId": there["SubnetId"]}, "MissingParameter"),
    ):
        assert refused(ec2.create_nat_gateway, **wrong)[0] == named


def test_several_nat_gateways_have_each_their_own(cloud: Cloud, undo: Undo) -> None:
    ec2 = cloud.client("ec2")
    ids = [_nat_gateway(cloud, undo) for _ in range(3)]
    there = ec2.describe_nat_gateways(NatGatewayIds=ids)["NatGateways"]
    addresses = {n["NatGatewayAddresses"][0]["AllocationId"] for n in there}
    assert len(there) == len(addresses) == 3


def test_an_internet_gateway_stays_under_a_nat_gateway(cloud: Cloud, undo: Undo) -> None:
    ec2 = cloud.client("ec2")
    gateway = _internet_gateway(cloud, undo)
    [there] = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
    vpc = there["Attachments"][0]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    undo.append(lambda: ec2.delete_subnet(SubnetId=subnet))
    address = _eip(cloud, undo)
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"][
        "NatGatewayId"
    ]
    undo.append(lambda: ec2.delete_nat_gateway(NatGatewayId=nat))
    code, message = refused(ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
    assert code == "DependencyViolation" and nat in message


def test_an_endpoint_answers_its_groups_and_names(cloud: Cloud, undo: Undo) -> None:
    ec2 = cloud.client("ec2")
    subnet = _subnet(cloud, undo)
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    groups = []
    for _ in range(2):
        name = unique("group")
        group = ec2.create_security_group(GroupName=name, Description="a", VpcId=vpc)["GroupId"]
        undo.append(lambda group=group: ec2.delete_security_group(GroupId=group))
        groups.append(group)
    wanted = {
        "VpcId": vpc,
        "VpcEndpointType": "Interface",
        "ServiceName": f"com.amazonaws.{REGION}.elasticmapreduce",
        "SubnetIds": [subnet],
        "SecurityGroupIds": groups[:1],
        "PrivateDnsEnabled": True,
    }
    assert refused(ec2.create_vpc_endpoint, **{**wanted, "SecurityGroupIds": ["sg-0"]})[0] == (
        "InvalidGroup.NotFound"
    )
    created = ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]
    identifier = created["VpcEndpointId"]
    undo.append(lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier]))
    assert [g["GroupId"] for g in created["Groups"]] == groups[:1]
    assert created["PrivateDnsEnabled"] is True

    def there() -> dict[str, Any]:
        return ec2.describe_vpc_endpoints(VpcEndpointIds=[identifier])["VpcEndpoints"][0]

    assert [g["GroupId"] for g in there()["Groups"]] == groups[:1]
    assert there()["PrivateDnsEnabled"] is True
    assert there()["SubnetIds"] == [subnet]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=identifier,
        AddSecurityGroupIds=groups[1:],
        RemoveSecurityGroupIds=groups[:1],
        PrivateDnsEnabled=False,
    )
    assert [g["GroupId"] for g in there()["Groups"]] == groups[1:]
    assert there()["PrivateDnsEnabled"] is False
    for call, arguments in (
        (ec2.delete_security_group, {"GroupId": groups[1]}),
        (ec2.delete_subnet, {"SubnetId": subnet}),
    ):
        code, message = refused(call, **arguments)
        assert code == "DependencyViolation" and identifier in message


def test_a_flow_log_answers_its_role_group_and_tags(cloud: Cloud, undo: Undo) -> None:
    ec2 = cloud.client("ec2")
    vpc, role = _vpc(cloud, undo), _role_arn(cloud, undo)
    wanted = {
        "ResourceIds": [vpc],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogDestination": f"arn:aws:logs:{REGION}:123456789012:log-group:flow",
        "MaxAggregationInterval": 60,
        "TagSpecifications": [
            {"ResourceType": "vpc-flow-log", "Tags": [{"Key": "a", "Value": "b"}]}
        ],
    }
    assert refused(ec2.create_flow_logs, **wanted)[0] == "MissingParameter"
    identifier = ec2.create_flow_logs(**wanted, DeliverLogsPermissionArn=role)["FlowLogIds"][0]
    undo.append(lambda: ec2.delete_flow_logs(FlowLogIds=[identifier]))
    again = refused(ec2.create_flow_logs, **wanted, DeliverLogsPermissionArn=f"{role}-other")
    assert again[0] == "FlowLogAlreadyExists"
    [there] = ec2.describe_flow_logs(FlowLogIds=[identifier])["FlowLogs"]
    assert there["DeliverLogsPermissionArn"] == role
    assert there["LogGroupName"] == "flow"
    assert there["LogDestination"] == wanted["LogDestination"]
    assert there["MaxAggregationInterval"] == 60
    assert there["Tags"] == [{"Key": "a", "Value": "b"}]


def test_zones_do_not_all_offer_the_same(cloud: Cloud) -> None:
    """As on AWS, where a zone without Nitro has no m5, and not every service an endpoint."""
    ec2 = cloud.client("ec2")
    asked = {"LocationType": "availability-zone"}

    def zones(*types: str) -> dict[str, list[str]]:
        filters = [{"Name": "instance-type", "Values": list(types)}]
        found = ec2.describe_instance_type_offerings(**asked, Filters=filters)
        offered = found["InstanceTypeOfferings"]
        return {
            kind: [one["Location"] for one in offered if one["InstanceType"] == kind]
            for kind in types
        }

    every = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    assert zones("m4.large", "m5.xlarge") == {"m4.large": every, "m5.xlarge": every[:-1]}
    assert refused(ec2.describe_instance_type_offerings, **asked)[0] == "InvalidParameterValue"

    name = f"com.amazonaws.{REGION}.elasticmapreduce"
    [service] = ec2.describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"]
    assert service["AvailabilityZones"] == every[:-1]
    listed = ec2.describe_vpc_endpoint_services()["ServiceNames"]
    assert {name, f"com.amazonaws.{REGION}.s3"} <= set(listed)


def test_subnets_are_found_by_tags(cloud: Cloud, undo: Undo) -> None:
    ec2 = cloud.client("ec2")
    subnet = _subnet(cloud, undo)
    stack = unique("stack")
    ec2.create_tags(Resources=[subnet], Tags=[{"Key": "Stack", "Value": stack}])
    found = ec2.describe_subnets(Filters=[{"Name": "tag:Stack", "Values": [stack]}])["Subnets"]
    assert [one["SubnetId"] for one in found] == [subnet]
