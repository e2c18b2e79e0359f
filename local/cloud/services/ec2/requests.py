"""The operations of EC2 where the emulator forgets what it was given, or lets go what is in use.

What AWS's API models allow and AWS refuses all the same is refused here as well.
What DescribeX leaves out would look changed to a refresh; what is deleted under those that use it
would not be on AWS.
"""

from __future__ import annotations

from local.cloud.services.ec2 import (
    flow_logs,
    nat_gateways,
    network_interfaces,
    networks,
    offerings,
    routes,
    security_groups,
    tags,
    vpc_endpoints,
)

OPERATIONS = {
    **flow_logs.OPERATIONS,
    **nat_gateways.OPERATIONS,
    **network_interfaces.OPERATIONS,
    **networks.OPERATIONS,
    **offerings.OPERATIONS,
    **routes.OPERATIONS,
    **security_groups.OPERATIONS,
    **tags.OPERATIONS,
    **vpc_endpoints.OPERATIONS,
}
