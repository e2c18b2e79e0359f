"""The signatures of requests: Signature Version 4, in a header or in the address.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

import hmac
import re
from typing import Any
from urllib.parse import quote

from ministack.core import iam_evaluator, router, sigv4

from local.cloud.core.settings import ACCOUNT

#: What a query string has that is signed, in lower case; the last is of Signature Version 2.
_OF_SIGNATURES = frozenset(
    {"x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid"}
)

_ALGORITHM = "AWS4-HMAC-SHA256"

#: The payload hash of a request whose body is signed, as a whole.
_DIGEST = re.compile(r"[0-9a-f]{64}")

#: Code and message of a refusal, as `iam_actions.access_denied_response` takes them.
Failure = tuple[str, str]


def claimed(
    headers: dict[str, str], query: dict[str, list[str]]
) -> sigv4.HeaderSignature | Failure:
    """The signature that a request carries, in its header or its address; else what is wrong.

    Signature Version 2 is refused, as AWS does for new buckets:
    https://docs.aws.amazon.com/AmazonS3/latest/API/UsingAWSSDK.html#UsingAWSSDK-sig2-deprecation
    """
    authorization = headers.get("authorization", "")
    in_query = any(name.lower() in _OF_SIGNATURES for name in query)
    if not authorization and not in_query:
        return "MissingAuthenticationToken", "Request is missing Authentication Token"
    algorithm = authorization.partition(" ")[0] or query.get("X-Amz-Algorithm", [""])[0]
    if (authorization and in_query) or algorithm != _ALGORITHM:
        return "UnsupportedSignature", f"Sign by {_ALGORITHM}, in the header or in the address"
    signature = (
        sigv4.parse_header_signature(headers)
        if authorization
        else sigv4.parse_query_signature(query)
    )
    if isinstance(signature, tuple):
        return signature
    if router.extract_access_key_id(headers, query) != signature.access_key_id:
        return "IncompleteSignature", "The signature names more than one key"
    return signature


def signature_failure(
    signature: sigv4.HeaderSignature,
    scope: dict[str, Any],
    headers: dict[str, str],
    query: dict[str, list[str]],
    digest: str,
) -> Failure | None:
    """What is wrong with a signature: time, key, session token or value; None where all is well.

    Args:
        signature: what the request carries.
        scope: the request, as ASGI has it.
        headers: its headers, with names in lower case.
        query: its query string's values by name.
        digest: SHA-256 of its body.
    """
    presigned = "authorization" not in headers
    failure = _time_failure(signature, query, presigned)
    if failure is not None:
        return failure
    token = (
        query.get("X-Amz-Security-Token", [""])[0]
        if presigned
        else headers.get("x-amz-security-token", "")
    )
    known = iam_evaluator.resolve_credential(signature.access_key_id, ACCOUNT, token)
    if isinstance(known, iam_evaluator.CredentialResolutionError):
        # The key of a session without its token is an unknown one, to AWS.
        unknown = known.code == "InvalidToken" and not token
        return "UnrecognizedClientException" if unknown else known.code, known.message
    if signature.date_stamp != signature.amz_date[:8]:
        return (
            "CredentialDateMismatch",
            "Date in Credential scope does not match that of the request",
        )
    payload = headers.get("x-amz-content-sha256", digest)
    computed = _computed(signature, known.secret_access_key, scope, headers, query, payload)
    if not hmac.compare_digest(computed.encode(), signature.signature.encode()):
        return "SignatureDoesNotMatch", sigv4.SIGNATURE_MISMATCH
    if not presigned and _DIGEST.fullmatch(payload) and payload != digest:
        if signature.service == "s3":
            # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            return (
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            )
        return "SignatureDoesNotMatch", sigv4.SIGNATURE_MISMATCH
    return None


def _time_failure(
    signature: sigv4.HeaderSignature, query: dict[str, list[str]], presigned: bool
) -> Failure | None:
    expires = query.get("X-Amz-Expires", [""])[0]
    if not presigned or not expires:
        return sigv4.request_time_failure(signature)
    try:
        if sigv4.presigned_request_is_expired(signature.amz_date, expires):
            return "RequestExpired", "Request has expired"
    except ValueError:
        return "IncompleteSignature", "X-Amz-Date or X-Amz-Expires cannot be read"
    return None


def _computed(
    signature: sigv4.HeaderSignature,
    secret: str,
    scope: dict[str, Any],
    headers: dict[str, str],
    query: dict[str, list[str]],
    payload: str,
) -> str:
    """The signature that a request should have."""
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    # A body that is signed in pieces is left to ministack, which has to take it apart anyway.
    _, to_sign = sigv4.header_signing_documents(
        signature,
        scope["method"],
        raw_path.decode("latin-1"),
        query,
        {**headers, "x-amz-content-sha256": payload},
        b"",
        presigned="authorization" not in headers,
    )
    return sigv4.calculate_signature(
        secret, signature.date_stamp, signature.region, signature.service, to_sign
    )
