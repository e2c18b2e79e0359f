"""The tags of resources of several services, by their ARNs.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ministack.services import athena, glue, mwaa, s3, ssm, stepfunctions

from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request
from local.cloud.core.settings import ACCOUNT, REGION

#: What a request with a list of ARNs may not have as well.
_EXCLUSIVE = (
    *("TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage"),
    "PaginationToken",
)

#: Tags by their names, as the API gives them.
Tags = dict[str, str]


def _environments() -> dict[str, Tags]:
    return {one["Arn"]: one.get("Tags") or {} for one in mwaa._environments.values()}


def _machines() -> dict[str, Tags]:
    return {arn: _named(tags) for arn, tags in stepfunctions._tags.items()}


def _buckets() -> dict[str, Tags]:
    return {f"arn:aws:s3:::{name}": tags for name, tags in s3._bucket_tags.items()}


def _named(tags: Iterable[dict[str, str]]) -> Tags:
    return {tag["key"]: tag["value"] for tag in tags}


#: The tags of all that has any, by the service of its ARN.
_TAGGED: dict[str, Callable[[], dict[str, Tags]]] = {
    "airflow": _environments,
    "athena": lambda: dict(athena._tags.items()),
    "glue": lambda: dict(glue._tags.items()),
    "s3": _buckets,
    "ssm": lambda: dict(ssm._tags.items()),
    "states": _machines,
}


def _get_resources(request: Request) -> dict[str, Any]:
    """The tags of resources; what is not there is left out, and so is what never had a tag."""
    arns = request.content.get("ResourceARNList")
    if not arns:
        raise _invalid("GetResources without a ResourceARNList is not supported by the local cloud")
    for member in _EXCLUSIVE:
        if request.content.get(member):
            raise _invalid(f"ResourceARNList cannot be specified with {member}")
    found = {arn: _tags_of(arn) for arn in arns}
    return {
        "ResourceTagMappingList": [
            {
                "ResourceARN": arn,
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
            for arn, tags in found.items()
            if tags is not None
        ],
        "PaginationToken": "",
    }


def _tags_of(arn: str) -> Tags | None:
    """The tags of a resource; None where there is none in this account and region."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[5]:
        raise _invalid(f"{arn} is not a valid AmazonResourceName (ARN)")
    service = parts[2]
    if service not in _TAGGED:
        raise _invalid(
            f"GetResources of {service} is not supported by the local cloud, only of "
            f"{', '.join(_TAGGED)}: {arn}"
        )
    # The ARN of a bucket has neither.
    if service != "s3" and parts[3:5] != [REGION, ACCOUNT]:
        return None
    return _TAGGED[service]().get(arn)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)


OPERATIONS: dict[str, Operation] = {"GetResources": _get_resources}
