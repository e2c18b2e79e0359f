"""Who has network interfaces in a subnet or with a security group, which stays as long."""

from __future__ import annotations

from ministack.services import ec2, emr, mwaa

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.parameters import live_nat_gateways, one
from local.cloud.services.emr.clusters.rights import network_of
from local.cloud.services.redshift.network import used as network_of_warehouse
from local.cloud.services.redshift.state import there as warehouses
from local.cloud.services.redshift_serverless import state as serverless


async def _delete_security_group(request: Request) -> Response:
    return await _delete_unused(request, one(request, "GroupId"))


async def _delete_subnet(request: Request) -> Response:
    return await _delete_unused(request, one(request, "SubnetId"))


async def _delete_unused(request: Request, identifier: str) -> Response:
    for user, used in _users():
        if identifier in used:
            raise ServiceError(
                "DependencyViolation",
                f"The resource '{identifier}' has dependencies and cannot be deleted: "
                f"{user} uses it",
            )
    return await request.emulated()


def _users() -> list[tuple[str, list[str]]]:
    """What has network interfaces: its name, its subnets and groups."""
    found = [(nat["NatGatewayId"], [nat["SubnetId"]]) for nat in live_nat_gateways()]
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
    for cluster in warehouses():
        found.append((cluster["ClusterIdentifier"], network_of_warehouse(cluster)))
    for cluster in emr._clusters.values():
        if not cluster["Status"]["State"].startswith("TERMINATED"):
            found.append((cluster["ClusterArn"], network_of(cluster)))
    return found


OPERATIONS = {
    "DeleteSecurityGroup": _delete_security_group,
    "DeleteSubnet": _delete_subnet,
}
