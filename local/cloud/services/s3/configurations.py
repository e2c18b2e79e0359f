"""What S3 refuses of a bucket's name and of its configurations."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

from local.cloud.core import limits
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_RESERVED = re.compile(
    r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)|.*\.\..*"
)

#: Days before an object can go to these classes.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
_THIRTY_DAYS = ("STANDARD_IA", "ONEZONE_IA")

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
_MOST_RULES = 1000

_ACTIONS = (
    *("Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition"),
    "AbortIncompleteMultipartUpload",
)


def _document(request: Request) -> ElementTree.Element:
    """The body, without its namespace."""
    try:
        # Signed by a caller of the local cloud, and read by the emulator as well.
        document = ElementTree.fromstring(request.body)  # noqa: S314
    except ElementTree.ParseError as error:
        raise ServiceError("MalformedXML", "The XML you provided was not well-formed") from error
    for element in document.iter():
        element.tag = element.tag.rsplit("}", 1)[-1]
    return document


def _malformed() -> ServiceError:
    return ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


async def _create_bucket(request: Request) -> Response:
    if _RESERVED.fullmatch(request.content["Bucket"]):
        raise ServiceError("InvalidBucketName", "The specified bucket is not valid.")
    return await request.emulated()


async def _put_bucket_tagging(request: Request) -> Response:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html"""
    if _require_tags(request) > limits.MOST_TAGS:
        raise ServiceError("BadRequest", "Bucket tag count cannot be greater than 50")
    return await request.emulated()


async def _put_object_tagging(request: Request) -> Response:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""
    if _require_tags(request) > 10:
        raise ServiceError("BadRequest", "Object tags cannot be greater than 10")
    return await request.emulated()


def _require_tags(request: Request) -> int:
    """Look at the tags of a request. @returns how many there are."""
    tags = [
        (tag.findtext("Key", ""), tag.findtext("Value", ""))
        for tag in _document(request).iter("Tag")
    ]
    keys = [key for key, _ in tags]
    if any(key.lower().startswith("aws:") for key in keys):
        raise ServiceError("InvalidTag", "System tags cannot be added/updated by requester")
    if len(set(keys)) < len(keys):
        raise ServiceError("InvalidTag", "Cannot provide multiple Tags with the same key")
    for key, value in tags:
        if limits.bad_tag_text(key) is not None:
            raise ServiceError("InvalidTag", "The TagKey you have provided is invalid")
        if limits.bad_tag_text(value) is not None:
            raise ServiceError("InvalidTag", "The TagValue you have provided is invalid")
    return len(tags)


async def _put_bucket_encryption(request: Request) -> Response:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html"""
    document = _document(request)
    if document.find("Rule") is None:
        raise _malformed()
    for default in document.iter("ApplyServerSideEncryptionByDefault"):
        if default.findtext("SSEAlgorithm") == "AES256" and default.findtext("KMSMasterKeyID"):
            raise ServiceError(
                "InvalidArgument",
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                "aws:kms:dsse",
            )
    return await request.emulated()


async def _put_bucket_ownership_controls(request: Request) -> Response:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_OwnershipControlsRule.html"""
    if len(_document(request).findall("Rule")) != 1:
        raise _malformed()
    return await request.emulated()


async def _put_bucket_lifecycle(request: Request) -> Response:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html"""
    rules = list(_document(request).iter("Rule"))
    if not 1 <= len(rules) <= _MOST_RULES:
        raise _malformed()
    ids = Counter(rule.findtext("ID") for rule in rules if rule.findtext("ID"))
    if any(count > 1 for count in ids.values()):
        raise ServiceError(
            "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule"
        )
    for rule in rules:
        if rule.find("Filter") is None and rule.find("Prefix") is None:
            raise _malformed()
        if len(rule.findtext("ID", "")) > 255:
            raise ServiceError(
                "InvalidArgument", "ID length should not exceed allowed limit of 255"
            )
        if not any(rule.find(action) is not None for action in _ACTIONS):
            raise ServiceError(
                "InvalidRequest", "At least one action needs to be specified in a rule"
            )
        for transition in rule.iter("Transition"):
            kind, days = transition.findtext("StorageClass"), transition.findtext("Days")
            if kind in _THIRTY_DAYS and days is not None and int(days) < 30:
                raise ServiceError(
                    "InvalidArgument",
                    "'Days' in Transition action must be greater than or equal to 30 for "
                    f"storageClass '{kind}'",
                )
    return await request.emulated()


OPERATIONS = {
    "CreateBucket": _create_bucket,
    "PutBucketEncryption": _put_bucket_encryption,
    "PutBucketLifecycleConfiguration": _put_bucket_lifecycle,
    "PutBucketOwnershipControls": _put_bucket_ownership_controls,
    "PutBucketTagging": _put_bucket_tagging,
    "PutObjectTagging": _put_object_tagging,
}
