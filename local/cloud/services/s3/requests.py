"""The operations of S3 that are looked at, and how they are told from the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ministack.services import s3

from local.cloud.core import auth, principals, validation
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.protocols import Query
from local.cloud.core.service import Request
from local.cloud.services.s3 import configurations, modelled

#: Header of a request that brings the key which its object is encrypted with.
_OWN_KEY = "x-amz-server-side-encryption-customer-algorithm"

#: Headers of a request that says how its object is encrypted, and under which key of KMS.
_ENCRYPTION = "x-amz-server-side-encryption"
_KMS_KEY = f"{_ENCRYPTION}-aws-kms-key-id"

#: https://docs.aws.amazon.com/AmazonS3/latest/API/API_BlockedEncryptionTypes.html
_BLOCKED = "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"
_NOT_BLOCKED = re.compile(r"<EncryptionType>\s*NONE\s*</EncryptionType>")


#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
_POLICY_BYTES = 20_480

#: Bytes of a key: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_KEY_BYTES = 1024

#: Parts of a query string that ask for something else of an object than its content.
_OF_OBJECTS = frozenset(
    {"acl", "attributes", "legal-hold", "retention", "tagging", "torrent", "uploadId"}
)

#: What is put to a bucket, by what the query string has.
_CONFIGURATIONS = {
    "encryption": "PutBucketEncryption",
    "lifecycle": "PutBucketLifecycleConfiguration",
    "ownershipControls": "PutBucketOwnershipControls",
    "policy": "PutBucketPolicy",
    "tagging": "PutBucketTagging",
}


class Paths:
    """S3's REST: method, path and query string tell the operation."""

    def read(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Query
    ) -> tuple[str, dict[str, Any]]:
        """See `protocols.Wire`; the operation is empty where it is left to the emulator."""
        bucket, _, key = path.strip("/").partition("/")
        refused = modelled.problem(method, key != "", headers, body, query)
        if refused is not None:
            return "Refused", {"Code": refused[0], "Message": refused[1]}
        if method == "PUT" and bucket and not key:
            named = [name for part, name in _CONFIGURATIONS.items() if part in query]
            if named or not set(query) - {"x-id"}:
                return (named or ["CreateBucket"])[0], {"Bucket": bucket}
        if method == "GET" and "encryption" in query and not key:
            return "GetBucketEncryption", {"Bucket": bucket}
        if method in ("GET", "HEAD") and key and _OF_OBJECTS.isdisjoint(query):
            return "GetObject", {"Bucket": bucket, "Key": key}
        if method in ("PUT", "POST") and key and (_OWN_KEY in headers or _KMS_KEY in headers):
            return "PutObject", {"Bucket": bucket, "Key": key}
        if method == "PUT" and key and "tagging" in query:
            return "PutObjectTagging", {"Bucket": bucket, "Key": key}
        if method == "PUT" and len(unquote(key).encode()) > _KEY_BYTES:
            return "PutObject", {"Bucket": bucket, "Key": key}
        return "", {}

    def answer(self, operation: str, content: dict[str, Any]) -> Response:
        """Not for content: what is answered is XML of the emulator's."""
        raise TypeError("an operation of S3's answers with XML of its own")

    def error(self, error: ServiceError) -> Response:
        """See `protocols.Wire`."""
        return s3._error(error.code, str(error), error.status)


async def _put_bucket_policy(request: Request) -> Response:
    bucket = request.content["Bucket"]
    if bucket in s3._buckets:
        document = request.body.decode(errors="replace")
        problem = validation.policy_problem(document, "bucket", bucket)
        if problem is not None:
            return s3._error("MalformedPolicy", problem, 400, f"/{bucket}")
        if len(request.body) > _POLICY_BYTES:
            raise ServiceError(
                "MalformedPolicy", "Policy exceeds the maximum allowed document size."
            )
        if principals.missing(document) is not None:
            raise ServiceError("MalformedPolicy", "Invalid principal in policy")
    return await request.emulated()


async def _get_bucket_encryption(request: Request) -> Response:
    """A new bucket blocks keys that come with a request, and so does one that does not say."""
    status, headers, body = await request.emulated()
    text = body.decode() if isinstance(body, bytes) else body
    if status == 200 and "<BlockedEncryptionTypes>" not in text:
        text = text.replace("</Rule>", f"{_BLOCKED}</Rule>")
    return status, headers, text.encode()


async def _get_object(request: Request) -> Response:
    """Tell that a key is not there only to who may list it, by `s3:prefix` of that key.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    answer = await request.emulated()
    bucket = request.content["Bucket"]
    if answer[0] != 404 or bucket not in s3._buckets:
        return answer
    context = {"s3:prefix": unquote(request.content["Key"])}
    arn = f"arn:aws:s3:::{bucket}"
    refusal = auth.refusal(request.access_key, "s3:ListBucket", arn, "s3", context)
    if refusal is None:
        return answer
    status, headers, body = s3._error("AccessDenied", refusal, 403)
    return status, headers, b"" if request.method == "HEAD" else body


async def _put_object_with_key(request: Request) -> Response:
    """Also a copy, and the start of a multipart upload: all that stores under a named key."""
    if len(unquote(request.content["Key"]).encode()) > _KEY_BYTES:
        return s3._error("KeyTooLongError", "Your key is too long", 400)
    if _KMS_KEY in request.headers and not request.headers.get(_ENCRYPTION, "").startswith(
        "aws:kms"
    ):
        return s3._error(
            "InvalidArgument",
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms",
            400,
        )
    if _OWN_KEY not in request.headers:
        return await request.emulated()
    configured = s3._bucket_encryption.get(request.content["Bucket"]) or ""
    if _NOT_BLOCKED.search(configured) is None:
        return s3._error(
            "AccessDenied",
            "The bucket blocks server-side encryption with customer-provided keys",
            403,
        )
    return await request.emulated()


async def _refuse(request: Request) -> Response:
    """A request that the model refuses."""
    raise ServiceError(request.content["Code"], request.content["Message"])


OPERATIONS = {
    **configurations.OPERATIONS,
    "Refused": _refuse,
    "GetObject": _get_object,
    "GetBucketEncryption": _get_bucket_encryption,
    "PutBucketPolicy": _put_bucket_policy,
    "PutObject": _put_object_with_key,
}
