"""EC2 where ministack forgets what it was given, or lets go what is still in use.

What DescribeX leaves out would look changed to a refresh; what is deleted under those that use it
would not be on AWS.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import ec2, emr, mwaa

from local.cloud import emr_request
from local.cloud.services.redshift_serverless import state as serverless

#: status, headers, body
Answer = tuple[int, dict[str, str], bytes]
Action = Callable[[dict[str, Any]], Answer]

_one = ec2._p
_many = ec2._parse_member_list


def install() -> None:
    """Put these around ministack's own."""
    for action, around in {
        "CreateFlowLogs": _create_flow_logs,
        "CreateNatGateway": _create_nat_gateway,
        "CreateVpcEndpoint": _create_vpc_endpoint,
        "DeleteSecurityGroup": _held("GroupId"),
        "DeleteSubnet": _held("SubnetId"),
        "DescribeFlowLogs": _describe_flow_logs,
        "DescribeNatGateways": _describe_nat_gateways,
        "DetachInternetGateway": _detach_internet_gateway,
        "ModifyVpcEndpoint": _modify_vpc_endpoint,
        "ReleaseAddress": _release_address,
    }.items():
        ec2._ACTION_MAP[action] = around(ec2._ACTION_MAP[action])
    plain = ec2._vpce_fields_xml
    ec2._vpce_fields_xml = lambda endpoint, tag="item": _endpoint_xml(plain, endpoint, tag)


def _missing(parameters: dict[str, Any]) -> Answer | None:
    """The refusal of a request that names a subnet, group, table or address that is not there."""
    for member, store, code in (
        ("SubnetId", ec2._subnets, "InvalidSubnetID.NotFound"),
        ("SecurityGroupId", ec2._security_groups, "InvalidGroup.NotFound"),
        ("RouteTableId", ec2._route_tables, "InvalidRouteTableID.NotFound"),
        ("AllocationId", ec2._addresses, "InvalidAllocationID.NotFound"),
        ("VpcId", ec2._vpcs, "InvalidVpcID.NotFound"),
    ):
        one = _one(parameters, member)
        for identifier in _many(parameters, member) or ([one] if one else []):
            if identifier not in store:
                return ec2._error(code, f"The ID '{identifier}' does not exist", 400)
    return None


def _live_gateways() -> list[dict[str, Any]]:
    return [nat for nat in ec2._nat_gateways.values() if nat["State"] != "deleted"]


# NAT gateways, their addresses, and the internet gateway behind them.


def _create_nat_gateway(plain: Action) -> Action:
    def create(parameters: dict[str, Any]) -> Answer:
        if (refused := _missing(parameters)) is not None:
            return refused
        address = _one(parameters, "AllocationId")
        if (_one(parameters, "ConnectivityType") or "public") == "public" and not address:
            return ec2._error("MissingParameter", "A public NAT gateway needs an AllocationId", 400)
        for nat in _live_gateways():
            if address and nat["AllocationId"] == address:
                return ec2._error(
                    "Resource.AlreadyAssociated",
                    f"{address} is associated with {nat['NatGatewayId']}",
                    400,
                )
        return plain(parameters)

    return create


def _describe_nat_gateways(plain: Action) -> Action:
    def describe(parameters: dict[str, Any]) -> Answer:
        status, headers, body = plain(parameters)
        items = body.decode().split("<natGatewayAddressSet/>")
        filled = items[0]
        for before, after in itertools.pairwise(items):
            identifier = before.rsplit("<natGatewayId>", 1)[1].split("<", 1)[0]
            filled += _addresses_xml(ec2._nat_gateways[identifier]) + after
        return status, headers, filled.encode()

    return describe


def _addresses_xml(nat: dict[str, Any]) -> str:
    address = ec2._addresses.get(nat["AllocationId"])
    if address is None:
        return "<natGatewayAddressSet/>"
    return (
        f"<natGatewayAddressSet><item><allocationId>{address['AllocationId']}</allocationId>"
        f"<publicIp>{address['PublicIp']}</publicIp><isPrimary>true</isPrimary>"
        "<status>succeeded</status></item></natGatewayAddressSet>"
    )


def _release_address(plain: Action) -> Action:
    def release(parameters: dict[str, Any]) -> Answer:
        address = _one(parameters, "AllocationId")
        for nat in _live_gateways():
            if address and nat["AllocationId"] == address:
                return ec2._error(
                    "InvalidIPAddress.InUse", f"{address} is used by {nat['NatGatewayId']}", 400
                )
        return plain(parameters)

    return release


def _detach_internet_gateway(plain: Action) -> Action:
    def detach(parameters: dict[str, Any]) -> Answer:
        vpc = _one(parameters, "VpcId")
        for nat in _live_gateways():
            if nat["VpcId"] == vpc and nat["AllocationId"]:
                return ec2._error(
                    "DependencyViolation",
                    f"Network {vpc} has some mapped public address(es): {nat['NatGatewayId']}. "
                    "Please unmap those public address(es) before detaching the gateway.",
                    400,
                )
        return plain(parameters)

    return detach


# VPC endpoints.


def _create_vpc_endpoint(plain: Action) -> Action:
    def create(parameters: dict[str, Any]) -> Answer:
        if (refused := _missing(parameters)) is not None:
            return refused
        before = set(ec2._vpc_endpoints)
        groups = _many(parameters, "SecurityGroupId")
        private = _one(parameters, "PrivateDnsEnabled") == "true"
        answer = plain(parameters)
        for identifier in set(ec2._vpc_endpoints) - before:
            endpoint = ec2._vpc_endpoints[identifier]
            if endpoint["VpcEndpointType"] == "Interface":
                default = [
                    group["GroupId"]
                    for group in ec2._security_groups.values()
                    if (group["VpcId"], group["GroupName"]) == (endpoint["VpcId"], "default")
                ]
                endpoint |= {"SecurityGroupIds": groups or default, "PrivateDnsEnabled": private}
        return answer

    return create


def _modify_vpc_endpoint(plain: Action) -> Action:
    def modify(parameters: dict[str, Any]) -> Answer:
        answer = plain(parameters)
        endpoint = ec2._vpc_endpoints.get(_one(parameters, "VpcEndpointId"))
        if endpoint is None or answer[0] >= 300:
            return answer
        removed = _many(parameters, "RemoveSecurityGroupId")
        kept = [g for g in endpoint.get("SecurityGroupIds", []) if g not in removed]
        added = [g for g in _many(parameters, "AddSecurityGroupId") if g not in kept]
        endpoint["SecurityGroupIds"] = kept + added
        if private := _one(parameters, "PrivateDnsEnabled"):
            endpoint["PrivateDnsEnabled"] = private == "true"
        return answer

    return modify


def _endpoint_xml(plain: Callable[..., str], endpoint: dict[str, Any], tag: str) -> str:
    groups = "".join(
        f"<item><groupId>{group}</groupId><groupName>"
        f"{escape(ec2._security_groups.get(group, {}).get('GroupName', ''))}</groupName></item>"
        for group in endpoint.get("SecurityGroupIds", [])
    )
    private = str(endpoint.get("PrivateDnsEnabled", False)).lower()
    return plain(endpoint, tag).replace(
        "<subnetIdSet>",
        f"<groupSet>{groups}</groupSet><privateDnsEnabled>{private}</privateDnsEnabled><subnetIdSet>",
    )


# Flow logs.


def _create_flow_logs(plain: Action) -> Action:
    def create(parameters: dict[str, Any]) -> Answer:
        role = _one(parameters, "DeliverLogsPermissionArn")
        if (_one(parameters, "LogDestinationType") or "cloud-watch-logs") == "cloud-watch-logs":
            if not role:
                return ec2._error(
                    "MissingParameter",
                    "DeliverLogsPermissionArn can't be empty if LogDestinationType is "
                    "cloud-watch-logs.",
                    400,
                )
            if not (_one(parameters, "LogDestination") or _one(parameters, "LogGroupName")):
                return ec2._error("MissingParameter", "LogDestination or LogGroupName", 400)
        before = set(ec2._flow_logs)
        answer = plain(parameters)
        for identifier in set(ec2._flow_logs) - before:
            # The type that requests give tags for has another name than ministack's.
            ec2._parse_tag_specs(parameters, "vpc-flow-log", identifier)
            ec2._flow_logs[identifier] |= {
                "DeliverLogsPermissionArn": role,
                "LogGroupName": _one(parameters, "LogGroupName")
                or _one(parameters, "LogDestination").removesuffix(":*").rsplit(":", 1)[-1],
                "MaxAggregationInterval": _one(parameters, "MaxAggregationInterval") or "600",
            }
        return answer

    return create


def _describe_flow_logs(plain: Action) -> Action:
    def describe(parameters: dict[str, Any]) -> Answer:
        status, headers, body = plain(parameters)
        text = body.decode()
        for identifier, log in ec2._flow_logs.items():
            if "DeliverLogsPermissionArn" not in log:
                continue
            name = f"<flowLogId>{identifier}</flowLogId>"
            text = text.replace(
                name,
                f"{name}<deliverLogsPermissionArn>{escape(log['DeliverLogsPermissionArn'])}"
                f"</deliverLogsPermissionArn><logGroupName>{escape(log['LogGroupName'])}"
                f"</logGroupName><maxAggregationInterval>{log['MaxAggregationInterval']}"
                "</maxAggregationInterval>",
            )
        return status, headers, text.encode()

    return describe


# Who uses a subnet or a group.


def _held(member: str) -> Callable[[Action], Action]:
    def around(plain: Action) -> Action:
        def delete(parameters: dict[str, Any]) -> Answer:
            identifier = _one(parameters, member)
            for user, used in _users():
                if identifier in used:
                    return ec2._error(
                        "DependencyViolation",
                        f"The resource '{identifier}' has dependencies and cannot be deleted: "
                        f"{user} uses it",
                        400,
                    )
            return plain(parameters)

        return delete

    return around


def _users() -> list[tuple[str, list[str]]]:
    """What has network interfaces: its name, its subnets and groups."""
    found = [(nat["NatGatewayId"], [nat["SubnetId"]]) for nat in _live_gateways()]
    for endpoint in ec2._vpc_endpoints.values():
        used = [*endpoint["SubnetIds"], *endpoint.get("SecurityGroupIds", [])]
        found.append((endpoint["VpcEndpointId"], used))
    for environment in mwaa._environments.values():
        network = environment["NetworkConfiguration"]
        used = [*network["SubnetIds"], *network["SecurityGroupIds"]]
        found.append((environment["Arn"], used))
    for workgroup in serverless.workgroups.values():
        used = [*workgroup["subnetIds"], *workgroup["securityGroupIds"]]
        found.append((workgroup["workgroupArn"], used))
    for cluster in emr._clusters.values():
        if not cluster["Status"]["State"].startswith("TERMINATED"):
            found.append((cluster["ClusterArn"], emr_request.network_of(cluster)))
    return found
