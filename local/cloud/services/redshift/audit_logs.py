"""Where the audit logs of a cluster go.

https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html
"""

from __future__ import annotations

from typing import Any

from ministack.services import s3

from local.cloud.core import auth
from local.cloud.core.service import Request
from local.cloud.services.redshift.clusters import find, require_available
from local.cloud.services.redshift.faults import combined, fault, invalid, unsupported

_EXPORTS = ("connectionlog", "useractivitylog", "userlog")

#: Who writes them, and what it must be allowed for that.
_WRITER = "redshift.amazonaws.com"


def _enable(request: Request) -> dict[str, Any]:
    content = request.content
    entry = find(content["ClusterIdentifier"])
    destination = content.get("LogDestinationType", "s3")
    bucket, exports = content.get("BucketName"), content.get("LogExports") or []
    if destination == "s3table":
        raise unsupported("the log destination s3table")
    wrong = [one for one in exports if one not in _EXPORTS]
    if wrong:
        raise invalid(f"Invalid log export: {wrong[0]}. Valid are: {', '.join(_EXPORTS)}")
    if destination == "cloudwatch":
        if bucket or content.get("S3KeyPrefix"):
            raise combined("BucketName and S3KeyPrefix are for the log destination s3.")
        if not exports:
            raise combined("LogExports are required for the log destination cloudwatch.")
    elif not bucket:
        raise combined("BucketName is required for the log destination s3.")
    else:
        _require_bucket(bucket, content.get("S3KeyPrefix") or "")
    require_available(entry)
    given = {
        "BucketName": bucket,
        "S3KeyPrefix": content.get("S3KeyPrefix"),
        "LogDestinationType": destination,
        "LogExports": list(dict.fromkeys(exports)),
    }
    entry["_logging"] = {"LoggingEnabled": True, **{k: v for k, v in given.items() if v}}
    return entry["_logging"]


def _require_bucket(bucket: str, prefix: str) -> None:
    """Look whether Redshift may write into a bucket.

    https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing-manage-log-files.html
    """
    if bucket not in s3._buckets:
        raise fault("BucketNotFoundFault", f"The bucket {bucket} does not exist.")
    policy, arn = s3._bucket_policies.get(bucket), f"arn:aws:s3:::{bucket}"
    for action, resource in (("s3:GetBucketAcl", arn), ("s3:PutObject", f"{arn}/{prefix}AWSLogs")):
        if policy is None or not auth.admits(policy, _WRITER, action, resource, {}):
            raise fault(
                "InsufficientS3BucketPolicyFault",
                f"The policy of the bucket {bucket} does not let {_WRITER} do {action} on "
                f"{resource}.",
            )


def _disable(request: Request) -> dict[str, Any]:
    entry = find(request.content["ClusterIdentifier"])
    require_available(entry)
    entry["_logging"] = {"LoggingEnabled": False}
    return entry["_logging"]


def _describe(request: Request) -> dict[str, Any]:
    return find(request.content["ClusterIdentifier"])["_logging"]


OPERATIONS = {
    "DescribeLoggingStatus": _describe,
    "DisableLogging": _disable,
    "EnableLogging": _enable,
}
