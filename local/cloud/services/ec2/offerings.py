"""What the zones of the region offer: instance types, and endpoints of services.

One zone lacks what `use1-az3` lacks on AWS: instance types of Nitro, and an endpoint of EMR.
https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-regions.html
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import REGION
from local.cloud.services.ec2.parameters import one

ZONES = tuple(f"{REGION}{letter}" for letter in "abc")

#: The zone that offers less.
OLD_ZONE = ZONES[-1]

#: Types of before Nitro, which every zone offers.
_XEN = re.compile(r"(c3|c4|d2|g3|i2|m3|m4|p2|p3|r3|r4|t1|t2|x1|x1e)\..+")

#: Services of the stacks whose endpoints the emulator does not list.
_SERVICES = {
    "elasticmapreduce": ZONES[:-1],
    **dict.fromkeys(("airflow.api", "airflow.env", "athena", "redshift-data", "states"), ZONES),
}


async def _describe_instance_type_offerings(request: Request) -> Response:
    """The types that a request names by the filter `instance-type`, in the zones that have them."""
    if (location := one(request, "LocationType") or "region") != "availability-zone":
        raise ServiceError(
            "InvalidParameterValue",
            f"the local cloud knows offerings of availability-zone, not of {location}",
        )
    filters = ec2._parse_filters(request.content)
    if sorted(filters) != ["instance-type"] or any("*" in one for one in filters["instance-type"]):
        raise ServiceError(
            "InvalidParameterValue",
            "the local cloud has no list of all instance types: name some by instance-type",
        )
    items = [
        f"<item><instanceType>{escape(kind)}</instanceType>"
        f"<locationType>availability-zone</locationType><location>{zone}</location></item>"
        for zone in ZONES
        for kind in filters["instance-type"]
        if zone != OLD_ZONE or _XEN.fullmatch(kind)
    ]
    body = f"<instanceTypeOfferingSet>{''.join(items)}</instanceTypeOfferingSet>"
    return ec2._xml(200, "DescribeInstanceTypeOfferingsResponse", body)


async def _describe_vpc_endpoint_services(request: Request) -> Response:
    """The emulator's services, and those of the stacks that it does not list."""
    status, headers, body = await request.emulated()
    filters = ec2._parse_filters(request.content)
    names = [
        *ec2._parse_member_list(request.content, "ServiceName"),
        *filters.get("service-name", []),
    ]
    for service, zones in _SERVICES.items():
        name = f"com.amazonaws.{REGION}.{service}"
        wanted = not names or name in names
        if status == 200 and wanted and "Interface" in filters.get("service-type", ["Interface"]):
            body = _with_service(body.decode(), name, zones).encode()
    return status, headers, body


def _with_service(text: str, name: str, zones: tuple[str, ...]) -> str:
    short = name.rsplit(".", 1)[-1]
    offered = "".join(f"<item>{zone}</item>" for zone in zones)
    detail = (
        f"<item><serviceName>{name}</serviceName><serviceId>vpce-svc-{short}</serviceId>"
        "<serviceType><item><serviceType>Interface</serviceType></item></serviceType>"
        f"<availabilityZoneSet>{offered}</availabilityZoneSet><owner>amazon</owner>"
        f"<privateDnsName>{short}.{REGION}.amazonaws.com</privateDnsName>"
        "<vpcEndpointPolicySupported>true</vpcEndpointPolicySupported>"
        "<acceptanceRequired>false</acceptanceRequired></item>"
    )
    return text.replace("</serviceNameSet>", f"<item>{name}</item></serviceNameSet>").replace(
        "</serviceDetailSet>", f"{detail}</serviceDetailSet>"
    )


OPERATIONS = {
    "DescribeInstanceTypeOfferings": _describe_instance_type_offerings,
    "DescribeVpcEndpointServices": _describe_vpc_endpoint_services,
}
