"""Resources of other services, by the types of CloudFormation.

https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-read.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ministack.services import s3

from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Operation, Request

#: A setting of a document of S3's, which holds nothing else.
_FLAG = re.compile(r"<(\w+)>(true|false)</")

#: What the type's handler calls in the caller's place to read a bucket.
_READ_BUCKET = (
    "s3:ListBucket",
    "s3:GetAccelerateConfiguration",
    "s3:GetAnalyticsConfiguration",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketNotification",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetIntelligentTieringConfiguration",
    "s3:GetInventoryConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetMetricsConfiguration",
    "s3:GetReplicationConfiguration",
)


def _bucket(request: Request, name: str) -> dict[str, Any] | None:
    """A bucket's versions and public access; None where there is no bucket."""
    arn = f"arn:aws:s3:::{name}"
    for action in _READ_BUCKET:
        message = auth.refusal(request.access_key, action, arn, "s3")
        if message is not None:
            raise ServiceError("AccessDeniedException", message)
    if name not in s3._buckets:
        return None
    versioning = s3._bucket_versioning.get(name)
    block = s3._buckets[name].get("_public_access_block")
    return {
        "BucketName": name,
        "Arn": arn,
        **({} if versioning is None else {"VersioningConfiguration": {"Status": versioning}}),
        **({} if not block else {"PublicAccessBlockConfiguration": _flags(block)}),
    }


def _flags(document: str) -> dict[str, bool]:
    return {name: value == "true" for name, value in _FLAG.findall(document)}


#: How a resource of a type is read, by its identifier.
_TYPES: dict[str, Callable[[Request, str], dict[str, Any] | None]] = {"AWS::S3::Bucket": _bucket}


def _get_resource(request: Request) -> dict[str, Any]:
    kind, identifier = request.content["TypeName"], request.content["Identifier"]
    if kind not in _TYPES:
        raise ServiceError(
            "UnsupportedActionException",
            f"GetResource of {kind} is not supported by the local cloud, only of "
            f"{', '.join(_TYPES)}",
        )
    properties = _TYPES[kind](request, identifier)
    if properties is None:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Resource of type '{kind}' with identifier '{identifier}' was not found.",
        )
    return {
        "TypeName": kind,
        "ResourceDescription": {"Identifier": identifier, "Properties": json.dumps(properties)},
    }


OPERATIONS: dict[str, Operation] = {"GetResource": _get_resource}
