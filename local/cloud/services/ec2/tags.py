"""Tags: how many, and of what is there."""

from __future__ import annotations

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.parameters import many

#: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
_MOST = 50


async def _create_tags(request: Request) -> Response:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html"""
    keys = {tag["Key"] for tag in ec2._parse_tags(request.content)}
    if reserved := sorted(key for key in keys if key.lower().startswith("aws:")):
        raise ServiceError(
            "InvalidParameterValue",
            f"Tag keys starting with 'aws:' are reserved for internal use: {reserved[0]}",
        )
    for identifier in many(request, "ResourceId"):
        there = {tag["Key"] for tag in ec2._tags.get(identifier, [])}
        if len(there | keys) > _MOST:
            raise ServiceError(
                "TagLimitExceeded", f"The maximum number of tags for {identifier} is {_MOST}"
            )
    return await request.emulated()


OPERATIONS = {"CreateTags": _create_tags}
